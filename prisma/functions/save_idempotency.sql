-- Saves the response of a write under its key and deletes up to two records that are older than a day, so that
-- expired records never pile up.
CREATE OR REPLACE FUNCTION save_idempotency(the_workspace text, the_agent text, the_key text, the_part text,
  the_fingerprint text, the_response jsonb) RETURNS void LANGUAGE sql
BEGIN ATOMIC
  DELETE FROM idempotency_record k WHERE (k.workspace_id, k.agent_id, k.key, k.part) IN (
    SELECT o.workspace_id, o.agent_id, o.key, o.part FROM idempotency_record o
    WHERE o.workspace_id = the_workspace AND o.created_at <= now() - interval '24 hours' AND o.key <> the_key
    ORDER BY o.created_at LIMIT 2 FOR UPDATE SKIP LOCKED);
  INSERT INTO idempotency_record (workspace_id, agent_id, key, part, fingerprint, response)
  VALUES (the_workspace, the_agent, the_key, the_part, the_fingerprint, the_response)
  ON CONFLICT (workspace_id, agent_id, key, part)
  DO UPDATE SET fingerprint = excluded.fingerprint, response = excluded.response, created_at = now();
END;
