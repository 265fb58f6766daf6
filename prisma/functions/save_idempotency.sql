-- Saves the response of a write under its key, which begin_idempotency has found free. The server deletes expired records hourly.
CREATE OR REPLACE FUNCTION save_idempotency(the_workspace text, the_agent text, the_key text, the_part text,
  the_fingerprint text, the_response jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO public.idempotency_record (workspace_id, agent_id, key, part, fingerprint, response, created_at)
  VALUES (the_workspace, the_agent, the_key, the_part, the_fingerprint, the_response, now());
END $$;
