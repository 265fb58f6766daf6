-- Locks an idempotency key until the transaction ends. Returns null: run the write; {"kept": response}: it ran before;
-- {"fault"}: it is running now, or the key was used for another request.
-- The fingerprint is that of the whole request; a part is one write of it.
CREATE OR REPLACE FUNCTION begin_idempotency(the_workspace text, the_agent text, the_key text, the_part text,
  the_fingerprint text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  found jsonb;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended(concat_ws(E'\n', the_workspace, the_agent, the_key), 0)) THEN
    RETURN jsonb_build_object('fault', 'IDEMPOTENCY_KEY_IN_USE');
  END IF;
  IF EXISTS (SELECT FROM public.idempotency_record k
    WHERE k.workspace_id = the_workspace AND k.agent_id = the_agent AND k.key = the_key
      AND k.fingerprint <> the_fingerprint AND k.created_at > now() - interval '24 hours')
  THEN
    RETURN jsonb_build_object('fault', 'IDEMPOTENCY_KEY_REUSED');
  END IF;
  SELECT jsonb_build_object('kept', k.response) INTO found FROM public.idempotency_record k
  WHERE k.workspace_id = the_workspace AND k.agent_id = the_agent AND k.key = the_key AND k.part = the_part
    AND k.created_at > now() - interval '24 hours';
  RETURN found;
END $$;
