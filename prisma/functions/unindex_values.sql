-- Removes the values that written items lose from item_value: each row by its whole key, so that no statistics can make
-- the plan walk a board.
CREATE OR REPLACE FUNCTION unindex_values(the_workspace text, the_board text, writes item_write[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v record;
BEGIN
  FOR v IN SELECT r.key, r.reading, r.number, r.text, w.id
    FROM unnest(writes) w CROSS JOIN LATERAL public.item_value_rows(w.gone) r WHERE w.changes
  LOOP
    DELETE FROM public.item_value x WHERE x.workspace_id = the_workspace AND x.board_id = the_board AND x.key = v.key
      AND x.reading = v.reading AND x.number = v.number AND x.text = v.text AND x.item_id = v.id;
  END LOOP;
END $$;
