-- Logs the creation and each update of a board. A statement that only bumps the revision is not logged.
CREATE OR REPLACE FUNCTION board_audit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  old_row jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE public.audit_row(to_jsonb(OLD)) END;
  new_row jsonb := public.audit_row(to_jsonb(NEW));
BEGIN
  IF old_row = new_row THEN RETURN NULL; END IF;
  INSERT INTO public.board_change (workspace_id, board_id, revision, subject, subject_id, action,
    agent_id, at, before, after)
  VALUES (NEW.workspace_id, NEW.id, NEW.revision, 'BOARD', NEW.id,
    CASE TG_OP WHEN 'INSERT' THEN 'CREATED' ELSE 'UPDATED' END,
    public.current_actor(), clock_timestamp(), public.jsonb_diff(old_row, new_row),
    public.jsonb_diff(new_row, old_row));
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER board_audit AFTER INSERT ON board
  FOR EACH ROW EXECUTE FUNCTION board_audit();
CREATE OR REPLACE TRIGGER board_audit_update AFTER UPDATE ON board
  FOR EACH ROW WHEN (OLD.revision = NEW.revision) EXECUTE FUNCTION board_audit();
