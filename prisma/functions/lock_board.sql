-- Locks the board until the transaction ends; false if the board does not exist.
CREATE OR REPLACE FUNCTION lock_board(the_workspace text, the_board text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM public.limit_lock_waits();
  PERFORM 1 FROM public.board WHERE workspace_id = the_workspace AND id = the_board FOR NO KEY UPDATE;
  RETURN FOUND;
END $$;
