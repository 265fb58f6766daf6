-- Deletes at most so many items of a board that is being deleted, and returns their number. Nothing is logged, because
-- the log is deleted too; the caller also deletes the rows of item_value.
CREATE OR REPLACE FUNCTION delete_board_items(the_workspace text, the_board text, at_most integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
  item   record;
  ids    text[] := '{}';
  -- As in save_items.
  writer text := coalesce(current_setting('items.writer', TRUE), '');
BEGIN
  PERFORM set_config('items.writer', 'on', TRUE);
  FOR item IN SELECT i.id FROM public.item i
    WHERE i.workspace_id = the_workspace AND i.board_id = the_board LIMIT at_most
  LOOP
    ids := ids || item.id;
  END LOOP;
  DELETE FROM public.item WHERE workspace_id = the_workspace AND id = ANY (ids);
  PERFORM set_config('items.writer', writer, TRUE);
  RETURN cardinality(ids);
END $$;
