-- Updates the counts of columns and logs inserted items, whichever statement inserts them.
CREATE OR REPLACE FUNCTION item_audit_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM new_items) THEN RETURN NULL; END IF;
  UPDATE public.board_column c SET items_count = c.items_count + added.items
  FROM (SELECT workspace_id, column_id, count(*)::integer AS items FROM new_items GROUP BY 1, 2) added
  WHERE c.workspace_id = added.workspace_id AND c.id = added.column_id;
  INSERT INTO public.board_change (workspace_id, board_id, revision, subject, subject_id, action, version,
    agent_id, at, before, after)
  SELECT i.workspace_id, i.board_id, b.revision, 'ITEM', i.id, 'CREATED', i.version,
    coalesce(public.current_actor(), i.created_by_id), i.created_at, '{}', public.audit_row(to_jsonb(i))
  FROM new_items i JOIN public.board b ON b.workspace_id = i.workspace_id AND b.id = i.board_id;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER item_audit_insert AFTER INSERT ON item
  REFERENCING NEW TABLE AS new_items FOR EACH STATEMENT EXECUTE FUNCTION item_audit_insert();
