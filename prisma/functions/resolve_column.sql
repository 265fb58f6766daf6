-- Finds the column of a board by id, by name or by both. `fault` is the field that is wrong.
CREATE OR REPLACE FUNCTION resolve_column(the_workspace text, the_board text, by_id text, by_name text,
  OUT column_id text, OUT fault text)
LANGUAGE plpgsql STABLE AS $$
DECLARE
  its_name text;
BEGIN
  IF by_id IS NOT NULL THEN
    SELECT c.id, c.name INTO column_id, its_name FROM public.board_column c
    WHERE c.workspace_id = the_workspace AND c.board_id = the_board AND c.id = by_id;
    IF NOT FOUND THEN fault := 'columnId'; RETURN; END IF;
  END IF;
  IF by_name IS NULL THEN RETURN; END IF;
  IF public.folded_name(its_name) = public.folded_name(by_name) THEN RETURN; END IF;
  SELECT c.id INTO by_id FROM public.board_column c
  WHERE c.workspace_id = the_workspace AND c.board_id = the_board
    AND public.folded_name(c.name) = public.folded_name(by_name)
  ORDER BY c.position, c.id LIMIT 1;
  IF NOT FOUND THEN fault := 'columnName';
  ELSIF column_id IS NOT NULL THEN fault := 'disagree';
  ELSE column_id := by_id;
  END IF;
END $$;
