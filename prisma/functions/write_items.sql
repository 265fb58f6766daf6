-- Writes items for one request: apply_operations, once for its idempotency key. A dry run (`validate_only`) is rolled
-- back.
CREATE OR REPLACE FUNCTION write_items(the_workspace text, the_agent text, the_board text, operations jsonb,
  place jsonb, per_item boolean, brief boolean, validate_only boolean, the_key text, the_part text,
  the_fingerprint text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  response jsonb;
BEGIN
  IF validate_only THEN
    BEGIN
      response := public.check_response_size(
        public.apply_operations(the_workspace, the_agent, the_board, operations, place, per_item, brief));
      RAISE EXCEPTION USING ERRCODE = 'IG000', MESSAGE = 'dry run';
    EXCEPTION WHEN SQLSTATE 'IG000' THEN
      RETURN response;
    END;
  END IF;
  IF the_key IS NOT NULL THEN
    response := public.begin_idempotency(the_workspace, the_agent, the_key, the_part, the_fingerprint);
    IF response IS NOT NULL THEN RETURN response; END IF;
  END IF;
  response := public.check_response_size(
    public.apply_operations(the_workspace, the_agent, the_board, operations, place, per_item, brief));
  IF the_key IS NOT NULL AND (per_item OR NOT response @? '$.results[*].fault') AND NOT response ? 'fault' THEN
    PERFORM public.save_idempotency(the_workspace, the_agent, the_key, the_part, the_fingerprint, response);
  END IF;
  RETURN response;
END $$;
