-- Locks an idempotency key until the transaction ends. Returns null: run the write; {"kept": response}: it ran before;
-- {"fault"}: it is running now, or the key was used for another request.
-- The fingerprint is that of the whole request; a part is one write of it. So all parts that are kept have one fingerprint.
CREATE OR REPLACE FUNCTION begin_idempotency(the_workspace text, the_agent text, the_key text, the_part text,
  the_fingerprint text) RETURNS jsonb LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  k record;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended(concat_ws(E'\n', the_workspace, the_agent, the_key), 0)) THEN
    RETURN jsonb_build_object('fault', 'IDEMPOTENCY_KEY_IN_USE');
  END IF;
  LOOP
    SELECT r.fingerprint, r.created_at <= now() - interval '24 hours' AS has_expired,
      CASE WHEN r.part = the_part THEN jsonb_build_object('kept', r.response) END AS response INTO k
    FROM public.idempotency_record r
    WHERE r.workspace_id = the_workspace AND r.agent_id = the_agent AND r.key = the_key
    ORDER BY r.part = the_part DESC LIMIT 1;
    IF NOT FOUND THEN RETURN NULL; END IF;
    EXIT WHEN NOT k.has_expired;
    DELETE FROM public.idempotency_record r
    WHERE r.workspace_id = the_workspace AND r.agent_id = the_agent AND r.key = the_key
      AND r.created_at <= now() - interval '24 hours';
  END LOOP;
  IF k.fingerprint <> the_fingerprint THEN RETURN jsonb_build_object('fault', 'IDEMPOTENCY_KEY_REUSED'); END IF;
  RETURN k.response;
END $$;
