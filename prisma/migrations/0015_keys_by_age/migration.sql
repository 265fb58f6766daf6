-- Expired idempotency keys are found by their time alone. When this index began with the workspace, a session that had
-- planned while there were no keys looked a key up in it: it read all keys of the workspace until the next ANALYZE.
DROP INDEX idempotency_record_created_at_idx;
CREATE INDEX idempotency_record_created_at_idx ON idempotency_record (created_at);
