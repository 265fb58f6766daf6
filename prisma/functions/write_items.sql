-- Writes items for one request: apply_operations, once for its idempotency key. What must not stay is rolled back: a dry
-- run (`validate_only`), a batch with upserts or contacts of which an operation is refused, and a write whose response is over
-- 8 MiB.
CREATE OR REPLACE FUNCTION write_items(the_workspace text, the_agent text, the_board text, operations jsonb,
  place jsonb, per_item boolean, brief boolean, validate_only boolean, the_key text, the_part text,
  the_fingerprint text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  -- apply_operations may save it in parts.
  in_parts boolean := NOT per_item AND operations @? '$[1]'
    AND operations @? '$[*] ? (exists(@.match) || exists(@.contact))';
  keeps    boolean := the_key IS NOT NULL AND NOT validate_only;
  faulty   boolean;
  response jsonb;
BEGIN
  IF keeps THEN
    response := public.begin_idempotency(the_workspace, the_agent, the_key, the_part, the_fingerprint);
    IF response IS NOT NULL THEN RETURN response; END IF;
  END IF;
  IF validate_only OR in_parts THEN
    BEGIN
      response := public.apply_operations(the_workspace, the_agent, the_board, NULL, operations, place,
        per_item OR in_parts, brief);
      faulty := response @? '$.results[*].fault';
      IF validate_only OR faulty THEN RAISE EXCEPTION USING ERRCODE = 'IG000', MESSAGE = 'rolled back'; END IF;
    EXCEPTION WHEN SQLSTATE 'IG000' THEN
      IF in_parts AND faulty THEN
        response := (SELECT jsonb_build_object('revision', NULL, 'results', jsonb_agg(
            CASE WHEN r ? 'fault' THEN r ELSE r - '{item,contact,createdBy}'::text[] || '{"changes": null}' END ORDER BY n))
          FROM jsonb_array_elements(response -> 'results') WITH ORDINALITY AS list (r, n));
      END IF;
    END;
  ELSE
    response := public.apply_operations(the_workspace, the_agent, the_board, NULL, operations, place, per_item, brief);
  END IF;
  IF pg_column_size(response) > 8388608 THEN
    RAISE EXCEPTION USING ERRCODE = 'IG001', MESSAGE = 'the response is too large';
  END IF;
  IF keeps AND NOT response ? 'fault' AND (per_item OR NOT response @? '$.results[*].fault') THEN
    PERFORM public.save_idempotency(the_workspace, the_agent, the_key, the_part, the_fingerprint, response);
  END IF;
  RETURN response;
END $$;
