-- Finds the item that an upsert updates: the one that contains one of two JSON values, or that items_by_key finds. Without
-- one it is a create. The count keeps the planner to the index on values, not the primary key.
CREATE OR REPLACE FUNCTION find_match(the_workspace text, the_board text, op item_operation) RETURNS item_operation
LANGUAGE plpgsql STABLE AS $$
DECLARE
  found_ids text[];
  found     bigint;
  first_id  text;
BEGIN
  IF jsonb_typeof(op.match) = 'object' THEN
    found_ids := public.items_by_key(the_workspace, the_board, op.match);
  ELSE
    SELECT count(*), min(i.id) INTO found, first_id FROM public.item i
    WHERE i.workspace_id = the_workspace AND i.board_id = the_board
      AND (i."values" @> (op.match -> 0) OR i."values" @> (op.match -> 1));
    found_ids := array_fill(first_id, ARRAY[least(found, 2)::integer]);
  END IF;
  op.id := CASE WHEN found_ids[2] IS NULL THEN found_ids[1] END;
  op.op := CASE WHEN found_ids[1] IS NULL THEN 'create' ELSE 'update' END;
  op.fault := CASE WHEN found_ids[2] IS NOT NULL THEN 'MATCHES_SEVERAL' END;
  RETURN op;
END $$;
