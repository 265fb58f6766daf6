-- Deletes at most so many items of a board that is being deleted, and returns their number. Nothing is logged, because
-- the log is deleted too; the caller also deletes the rows of item_value.
CREATE OR REPLACE FUNCTION delete_board_items(the_workspace text, the_board text, at_most integer) RETURNS integer
LANGUAGE plpgsql SET items.writer = 'on' AS $$
DECLARE
  item record;
  ids  text[] := '{}';
BEGIN
  FOR item IN SELECT i.id FROM public.item i
    WHERE i.workspace_id = the_workspace AND i.board_id = the_board LIMIT at_most
  LOOP
    ids := ids || item.id;
  END LOOP;
  DELETE FROM public.item WHERE workspace_id = the_workspace AND id = ANY (ids);
  RETURN cardinality(ids);
END $$;
