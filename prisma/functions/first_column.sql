-- The leftmost column of a board, where new items go; null if it has none.
CREATE OR REPLACE FUNCTION first_column(the_workspace text, the_board text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
  first text;
BEGIN
  SELECT c.id INTO first FROM public.board_column c WHERE c.workspace_id = the_workspace AND c.board_id = the_board
  ORDER BY c.position, c.id LIMIT 1;
  RETURN first;
END $$;
