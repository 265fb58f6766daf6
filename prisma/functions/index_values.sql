-- Adds the values that written items get to item_value.
CREATE OR REPLACE FUNCTION index_values(the_workspace text, the_board text, writes item_write[]) RETURNS void
LANGUAGE plpgsql SET plan_cache_mode = auto AS $$
BEGIN
  INSERT INTO public.item_value (workspace_id, board_id, key, reading, number, text, item_id)
  SELECT the_workspace, the_board, r.key, r.reading, r.number, r.text, w.id
  FROM unnest(writes) w CROSS JOIN LATERAL public.item_value_rows(w.come) r WHERE w.changes;
END $$;
