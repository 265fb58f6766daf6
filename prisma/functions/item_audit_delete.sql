-- Updates the counts of columns and logs deleted items.
CREATE OR REPLACE FUNCTION item_audit_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM old_items) THEN RETURN NULL; END IF;
  UPDATE public.board_column c SET items_count = c.items_count - removed.items
  FROM (SELECT workspace_id, column_id, count(*)::integer AS items FROM old_items GROUP BY 1, 2) removed
  WHERE c.workspace_id = removed.workspace_id AND c.id = removed.column_id;
  -- deleteBoard deletes the log of the board as well.
  IF current_setting('items.skip_audit_of', TRUE) = (SELECT board_id FROM old_items LIMIT 1) THEN RETURN NULL; END IF;
  INSERT INTO public.board_change (workspace_id, board_id, revision, subject, subject_id, action, version,
    agent_id, at, before, after)
  SELECT i.workspace_id, i.board_id, b.revision, 'ITEM', i.id, 'DELETED', i.version,
    public.current_actor(), clock_timestamp(), public.audit_row(to_jsonb(i)), '{}'
  FROM old_items i JOIN public.board b ON b.workspace_id = i.workspace_id AND b.id = i.board_id
  ORDER BY i.id;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER item_audit_delete AFTER DELETE ON item
  REFERENCING OLD TABLE AS old_items FOR EACH STATEMENT EXECUTE FUNCTION item_audit_delete();
