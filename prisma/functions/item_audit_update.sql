-- Updates the counts of columns and logs changed items. An item that only made room for another keeps its version and
-- is logged as SHIFTED. Hash joins, because a column without gaps may shift thousands of rows in one statement.
CREATE OR REPLACE FUNCTION item_audit_update() RETURNS trigger LANGUAGE plpgsql
SET enable_hashjoin = on SET enable_nestloop = off SET jit = off AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM new_items) THEN RETURN NULL; END IF;
  UPDATE public.board_column c SET items_count = c.items_count + moved.items
  FROM (
    SELECT workspace_id, column_id, sum(by)::integer AS items FROM (
      SELECT workspace_id, column_id, -1 AS by FROM old_items UNION ALL
      SELECT workspace_id, column_id, 1 FROM new_items
    ) moves GROUP BY 1, 2 HAVING sum(by) <> 0
  ) moved
  WHERE c.workspace_id = moved.workspace_id AND c.id = moved.column_id;
  INSERT INTO public.board_change (workspace_id, board_id, revision, subject, subject_id, action, version,
    agent_id, at, before, after)
  SELECT i.workspace_id, i.board_id, b.revision, 'ITEM', i.id,
    CASE WHEN i.version = i.old_version THEN 'SHIFTED'
      WHEN i.after - '{column_id,position}'::text[] = '{}'
        AND i.before - '{column_id,position}'::text[] = '{}' THEN 'MOVED'
      ELSE 'UPDATED' END,
    i.version, public.current_actor(), clock_timestamp(), i.before, i.after
  FROM (
    SELECT n.workspace_id, n.board_id, n.id, n.version, o.version AS old_version,
      public.jsonb_diff(old_row.entries, new_row.entries) AS before,
      public.jsonb_diff(new_row.entries, old_row.entries) AS after
    FROM old_items o JOIN new_items n ON n.workspace_id = o.workspace_id AND n.id = o.id
    CROSS JOIN LATERAL (SELECT public.audit_row(to_jsonb(o)) AS entries OFFSET 0) old_row
    CROSS JOIN LATERAL (SELECT public.audit_row(to_jsonb(n)) AS entries OFFSET 0) new_row
    OFFSET 0
  ) i JOIN public.board b ON b.workspace_id = i.workspace_id AND b.id = i.board_id
  ORDER BY i.id;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER item_audit_update AFTER UPDATE ON item
  REFERENCING OLD TABLE AS old_items NEW TABLE AS new_items
  FOR EACH STATEMENT EXECUTE FUNCTION item_audit_update();
