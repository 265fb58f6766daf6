-- Changes in item_value the values that written items had: in place where the item has another value under the key now,
-- otherwise removed. Each row is found by its whole key, so that no statistics can make the plan walk a board.
CREATE OR REPLACE FUNCTION reindex_values(the_workspace text, the_board text, writes item_write[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v record;
BEGIN
  FOR v IN SELECT w.id, o.key, o.reading, o.number, o.text, n.reading AS to_reading, n.number AS to_number, n.text AS to_text
    FROM unnest(writes) w CROSS JOIN LATERAL public.item_value_rows(w.gone) o
    LEFT JOIN LATERAL public.item_value_rows(jsonb_build_object(o.key, (w.new)."values" -> o.key)) n
      ON (w.new)."values" ? o.key
    WHERE w.changes
  LOOP
    IF v.to_reading IS NULL THEN
      DELETE FROM public.item_value x WHERE x.workspace_id = the_workspace AND x.board_id = the_board AND x.key = v.key
        AND x.reading = v.reading AND x.number = v.number AND x.text = v.text AND x.item_id = v.id;
    ELSE
      UPDATE public.item_value x SET reading = v.to_reading, number = v.to_number, text = v.to_text
      WHERE x.workspace_id = the_workspace AND x.board_id = the_board AND x.key = v.key
        AND x.reading = v.reading AND x.number = v.number AND x.text = v.text AND x.item_id = v.id;
    END IF;
  END LOOP;
END $$;
