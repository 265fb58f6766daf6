-- Logs the creation, each update and the deletion of a column, but not changes of items_count. The deletion of a whole
-- board is not logged: its log is deleted with it.
CREATE OR REPLACE FUNCTION column_audit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  old_row jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE public.audit_row(to_jsonb(OLD)) END;
  new_row jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}' ELSE public.audit_row(to_jsonb(NEW)) END;
  col     public.board_column := coalesce(NEW, OLD);
BEGIN
  IF old_row = new_row THEN RETURN NULL; END IF;
  INSERT INTO public.board_change (workspace_id, board_id, revision, subject, subject_id, action,
    agent_id, at, before, after)
  SELECT col.workspace_id, col.board_id, b.revision, 'COLUMN', col.id,
    CASE TG_OP WHEN 'INSERT' THEN 'CREATED' WHEN 'DELETE' THEN 'DELETED'
      ELSE CASE WHEN public.jsonb_diff(new_row, old_row) - 'position' = '{}' THEN 'MOVED' ELSE 'UPDATED' END END,
    public.current_actor(), clock_timestamp(), public.jsonb_diff(old_row, new_row), public.jsonb_diff(new_row, old_row)
  FROM public.board b WHERE b.workspace_id = col.workspace_id AND b.id = col.board_id;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER column_audit AFTER INSERT OR DELETE ON board_column
  FOR EACH ROW EXECUTE FUNCTION column_audit();
CREATE OR REPLACE TRIGGER column_audit_update AFTER UPDATE ON board_column
  FOR EACH ROW WHEN (OLD.items_count = NEW.items_count) EXECUTE FUNCTION column_audit();
