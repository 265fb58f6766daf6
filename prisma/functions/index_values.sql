-- Brings item_value up to date with writes of items: each row that goes is deleted by its whole key, so that no
-- statistics can make the plan walk a board.
CREATE OR REPLACE FUNCTION index_values(the_workspace text, the_board text, writes item_write[]) RETURNS void
LANGUAGE plpgsql SET plan_cache_mode = auto AS $$
DECLARE
  v record;
BEGIN
  FOR v IN SELECT r.key, r.reading, r.number, r.text, w.id
    FROM unnest(writes) w CROSS JOIN LATERAL public.item_value_rows(w.gone) r WHERE w.changes
  LOOP
    DELETE FROM public.item_value x WHERE x.workspace_id = the_workspace AND x.board_id = the_board AND x.key = v.key
      AND x.reading = v.reading AND x.number = v.number AND x.text = v.text AND x.item_id = v.id;
  END LOOP;
  INSERT INTO public.item_value (workspace_id, board_id, key, reading, number, text, item_id)
  SELECT the_workspace, the_board, r.key, r.reading, r.number, r.text, w.id
  FROM unnest(writes) w CROSS JOIN LATERAL public.item_value_rows(w.come) r WHERE w.changes;
END $$;
