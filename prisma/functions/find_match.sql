-- Finds the item that an upsert updates: one that has one of two JSON values, or that items_by_key finds. Without one it is
-- a create. The two values are a number or boolean and its text, which item_value does not tell apart.
CREATE OR REPLACE FUNCTION find_match(the_workspace text, the_board text, op item_operation) RETURNS item_operation
LANGUAGE plpgsql STABLE AS $$
DECLARE
  wanted    record;
  candidate record;
  found_ids text[] := '{}';
BEGIN
  IF jsonb_typeof(op.match) = 'object' THEN
    found_ids := public.items_by_key(the_workspace, the_board, op.match);
  ELSE
    SELECT r.key, r.reading, r.number, r.text INTO wanted FROM public.item_value_rows(op.match -> 0) r;
    FOR candidate IN
      SELECT v.item_id FROM public.item_value v WHERE v.workspace_id = the_workspace AND v.board_id = the_board
        AND v.key = wanted.key AND v.reading = wanted.reading AND v.number = wanted.number AND v.text = wanted.text
    LOOP
      -- item_value has the start of a text, and takes 1 and "1.0" for equal.
      PERFORM FROM public.item i WHERE i.workspace_id = the_workspace AND i.id = candidate.item_id
        AND (i."values" @> (op.match -> 0) OR i."values" @> (op.match -> 1));
      IF FOUND THEN found_ids := found_ids || candidate.item_id; END IF;
      EXIT WHEN cardinality(found_ids) = 2;
    END LOOP;
  END IF;
  op.id := CASE WHEN found_ids[2] IS NULL THEN found_ids[1] END;
  op.op := CASE WHEN found_ids[1] IS NULL THEN 'create' ELSE 'update' END;
  op.fault := CASE WHEN found_ids[2] IS NOT NULL THEN 'MATCHES_SEVERAL' END;
  RETURN op;
END $$;
