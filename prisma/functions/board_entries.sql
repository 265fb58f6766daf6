-- The rows of a board and its columns by their ids, as the change log has them: {"BOARD": {id: row}, "COLUMN": {…}}.
CREATE OR REPLACE FUNCTION board_entries(the_workspace text, the_board text) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
  board_row   jsonb;
  column_rows jsonb;
BEGIN
  SELECT jsonb_build_object(b.id, public.audit_row(to_jsonb(b))) INTO board_row
  FROM public.board b WHERE b.workspace_id = the_workspace AND b.id = the_board;
  SELECT jsonb_object_agg(c.id, public.audit_row(to_jsonb(c))) INTO column_rows
  FROM public.board_column c WHERE c.workspace_id = the_workspace AND c.board_id = the_board;
  RETURN jsonb_build_object('BOARD', coalesce(board_row, '{}'), 'COLUMN', coalesce(column_rows, '{}'));
END $$;
