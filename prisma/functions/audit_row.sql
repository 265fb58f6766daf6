-- A row as the change log stores it: without ids, revisions and counters, and with one entry for each value.
-- PL/pgSQL, because every statement that calls an SQL function with a sub-select plans it again. So are the others.
CREATE OR REPLACE FUNCTION audit_row(row_of_table jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  RETURN row_of_table - '{workspace_id,board_id,id,search,values,version,updated_at,items_count,revision}'::text[]
    || coalesce((SELECT jsonb_object_agg('values.' || key, value) FROM jsonb_each(row_of_table -> 'values')), '{}');
END $$;
