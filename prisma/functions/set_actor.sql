-- Stores for this transaction which agent writes, for the change log, and limits each wait for a lock to one second:
-- the gateway retries, and other writes run in between.
CREATE OR REPLACE FUNCTION set_actor(the_agent text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('items.actor', coalesce(the_agent, ''), TRUE), set_config('lock_timeout', '1s', TRUE);
END $$;
