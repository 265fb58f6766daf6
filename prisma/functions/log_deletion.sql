-- Logs the deletion of a locked board, before it: under its next revision, with its row.
CREATE OR REPLACE FUNCTION log_deletion(the_workspace text, the_board text, the_agent text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  its_row public.board;
BEGIN
  SELECT b.* INTO its_row FROM public.board b WHERE b.workspace_id = the_workspace AND b.id = the_board;
  INSERT INTO public.deleted_board (workspace_id, board_id, revision, agent_id, before)
  VALUES (the_workspace, the_board, its_row.revision + 1, the_agent, public.audit_row(to_jsonb(its_row)));
END $$;
