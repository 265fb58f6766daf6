-- The requests per minute of a key that has a rate of its own.
ALTER TABLE api_key ADD COLUMN rate_limit integer CHECK (rate_limit > 0);

-- The counts of all processes in each minute: requests by key, and failed authentications by address (workspace '').
-- Unlogged: after a crash the counts begin again.
CREATE UNLOGGED TABLE rate_window (
  workspace_id text COLLATE "C" NOT NULL,
  subject      text COLLATE "C" NOT NULL,
  -- Minutes since 1970.
  minute       integer NOT NULL,
  count        integer NOT NULL,
  PRIMARY KEY (workspace_id, subject, minute)
);

-- The number of a change is part of cursors. From a sequence, it would show the writes of all workspaces. It is the time
-- of the transaction's first change in microseconds since 1970, plus 1 for each change. Older rows keep their numbers,
-- which are smaller, so that their cursors stay valid.
CREATE FUNCTION next_change() RETURNS bigint LANGUAGE sql VOLATILE AS $$
  SELECT set_config('items.change', (1 + coalesce(
    nullif(current_setting('items.change', TRUE), '')::bigint,
    (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
  ))::text, TRUE)::bigint
$$;
ALTER TABLE board_change ALTER COLUMN n DROP IDENTITY;
ALTER TABLE board_change ALTER COLUMN n SET DEFAULT next_change();
