-- The feed of a workspace: its logs in one order, see docs/decisions/workspace-feed.md. The function sequence_changes
-- writes it when it is read.
CREATE TABLE feed (
  workspace_id text COLLATE "C" NOT NULL PRIMARY KEY REFERENCES workspace (id),
  -- The number of the last range.
  number       bigint NOT NULL DEFAULT 0,
  -- Ranges before this one may lack changes that were pruned.
  first_number bigint NOT NULL DEFAULT 1
);

-- The revision up to which each log is in the feed.
CREATE TABLE feed_log (
  workspace_id text COLLATE "C" NOT NULL REFERENCES workspace (id),
  -- The id of a board; empty for the log of contacts.
  log_id       text COLLATE "C" NOT NULL,
  revision     bigint NOT NULL,
  PRIMARY KEY (workspace_id, log_id)
);

-- A part of a log. It never changes; those of one log are adjacent.
CREATE TABLE feed_range (
  workspace_id   text COLLATE "C" NOT NULL REFERENCES workspace (id),
  number         bigint NOT NULL,
  log_id         text COLLATE "C" NOT NULL,
  first_revision bigint NOT NULL,
  last_revision  bigint NOT NULL,
  PRIMARY KEY (workspace_id, number)
);
CREATE INDEX feed_range_log_idx ON feed_range (workspace_id, log_id, first_revision);

-- The last entry of the log of each deleted board. The others are deleted with the board.
CREATE TABLE deleted_board (
  workspace_id text COLLATE "C" NOT NULL REFERENCES workspace (id),
  board_id     text COLLATE "C" NOT NULL,
  revision     bigint NOT NULL,
  agent_id     text COLLATE "C",
  at           timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  -- The row of the board, as the change log has it.
  before       jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (workspace_id, board_id)
);
CREATE INDEX deleted_board_at_idx ON deleted_board (at);

-- Webhooks follow the log of contacts too, with an empty board_id, and a deleted board until its deletion is delivered.
ALTER TABLE webhook_position DROP CONSTRAINT webhook_position_workspace_id_board_id_fkey;
INSERT INTO webhook_position (workspace_id, webhook_id, board_id, revision, n)
SELECT w.workspace_id, w.id, '', s.contacts_revision, 9223372036854775807
FROM webhook w JOIN workspace s ON s.id = w.workspace_id WHERE w.board_ids = '{}' AND w.events = '{}';
