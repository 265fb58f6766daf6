-- Locks the board until the transaction ends and stores the actor; false if the board does not exist.
-- A caller that then changes something bumps the revision before: once, and only then, because the log has no gaps.
CREATE OR REPLACE FUNCTION lock_board(the_workspace text, the_board text, the_agent text) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM public.set_actor(the_agent);
  PERFORM 1 FROM public.board WHERE workspace_id = the_workspace AND id = the_board FOR NO KEY UPDATE;
  RETURN FOUND;
END $$;
