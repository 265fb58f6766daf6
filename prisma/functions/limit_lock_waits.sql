-- Limits each wait of this transaction for a lock to one second: the gateway retries, and other writes run in between.
CREATE OR REPLACE FUNCTION limit_lock_waits() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('lock_timeout', '1s', TRUE);
END $$;
