-- Changes in item_value the values that written items had: in place where the item has another value under the key now,
-- otherwise removed. Each row is found by its whole key, so that no statistics can make the plan walk a board. Readings by
-- item_value_rows, in the query, would cost a twentieth of an update.
CREATE OR REPLACE FUNCTION reindex_values(the_workspace text, the_board text, writes item_write[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v       record;
  was     record;
  becomes record;
BEGIN
  FOR v IN SELECT w.id, gone.key, gone.value, (w.new)."values" -> gone.key AS new_value
    FROM unnest(writes) w CROSS JOIN LATERAL jsonb_each(w.gone) gone WHERE w.changes
  LOOP
    was := public.value_reading(v.value);
    IF v.new_value IS NULL THEN
      DELETE FROM public.item_value x WHERE x.workspace_id = the_workspace AND x.board_id = the_board AND x.key = v.key
        AND x.reading = was.reading AND x.number = was.number AND x.text = was.text AND x.item_id = v.id;
    ELSE
      becomes := public.value_reading(v.new_value);
      UPDATE public.item_value x SET reading = becomes.reading, number = becomes.number, text = becomes.text
      WHERE x.workspace_id = the_workspace AND x.board_id = the_board AND x.key = v.key
        AND x.reading = was.reading AND x.number = was.number AND x.text = was.text AND x.item_id = v.id;
    END IF;
  END LOOP;
END $$;
