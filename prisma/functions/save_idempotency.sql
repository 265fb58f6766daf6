-- Saves the response of a write under its key and deletes up to two records that are older than a day, so that
-- expired records never pile up.
CREATE OR REPLACE FUNCTION save_idempotency(the_workspace text, the_agent text, the_key text, the_part text,
  the_fingerprint text, the_response jsonb) RETURNS void LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  old record;
BEGIN
  FOR old IN SELECT r.agent_id, r.key, r.part FROM public.idempotency_record r
    WHERE r.workspace_id = the_workspace AND r.created_at <= now() - interval '24 hours' AND r.key <> the_key
    ORDER BY r.created_at LIMIT 2 FOR UPDATE SKIP LOCKED
  LOOP
    DELETE FROM public.idempotency_record r
    WHERE r.workspace_id = the_workspace AND r.agent_id = old.agent_id AND r.key = old.key AND r.part = old.part;
  END LOOP;
  INSERT INTO public.idempotency_record (workspace_id, agent_id, key, part, fingerprint, response, created_at)
  VALUES (the_workspace, the_agent, the_key, the_part, the_fingerprint, the_response, now())
  ON CONFLICT (workspace_id, agent_id, key, part)
  DO UPDATE SET fingerprint = excluded.fingerprint, response = excluded.response, created_at = excluded.created_at;
END $$;
