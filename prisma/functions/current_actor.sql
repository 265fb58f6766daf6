-- The agent that writes in this transaction, as set_actor stored it.
CREATE OR REPLACE FUNCTION current_actor() RETURNS text
LANGUAGE sql STABLE
RETURN nullif(current_setting('items.actor', TRUE), '');
