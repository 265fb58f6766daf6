-- Begins a change of a locked board or of its columns: bumps the revision, and returns the entries before the change for
-- log_board. Called once, and only if something changes, because the log has no gaps.
CREATE OR REPLACE FUNCTION bump_revision(the_workspace text, the_board text) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
  UPDATE public.board b SET revision = b.revision + 1 WHERE b.workspace_id = the_workspace AND b.id = the_board;
  RETURN public.board_entries(the_workspace, the_board);
END $$;
