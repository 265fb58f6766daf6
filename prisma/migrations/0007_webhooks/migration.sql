-- Webhooks: the change log is the queue. For each board an endpoint has a position in the log, from which changes are
-- delivered in order.

CREATE TABLE webhook (
  workspace_id     text COLLATE "C" NOT NULL REFERENCES workspace (id),
  id               text COLLATE "C" NOT NULL,
  url              text NOT NULL,
  description      text NOT NULL DEFAULT '',
  -- Empty for all boards, or all events.
  board_ids        text[] NOT NULL DEFAULT '{}',
  events           text[] NOT NULL DEFAULT '{}',
  -- A filter on items; null for all.
  filter           jsonb,
  -- Encrypted, in base64.
  secret           text NOT NULL,
  -- Signs as well until its end, after a rotation.
  old_secret       text,
  old_secret_expires_at timestamptz(3),
  -- The first failure since the last success.
  first_failed_at  timestamptz(3),
  disabled_at      timestamptz(3),
  disabled_reason  text,
  created_by_id    text COLLATE "C" NOT NULL,
  created_at       timestamptz(3) NOT NULL DEFAULT now(),
  updated_at       timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, created_by_id) REFERENCES agent (workspace_id, id)
);
CREATE INDEX webhook_created_at_idx ON webhook (workspace_id, created_at, id);

-- The position of an endpoint in the log of a board: all changes up to (revision, n) are delivered.
CREATE TABLE webhook_position (
  workspace_id text COLLATE "C" NOT NULL,
  webhook_id   text COLLATE "C" NOT NULL,
  board_id     text COLLATE "C" NOT NULL,
  revision     bigint NOT NULL,
  n            bigint NOT NULL,
  -- True where changes of `revision` follow after `n`.
  has_more     boolean NOT NULL DEFAULT false,
  -- The end of a delivery that has begun: a retry sends the same changes under the same id.
  end_revision bigint,
  end_n        bigint,
  attempts     integer NOT NULL DEFAULT 0,
  next_at      timestamptz(3) NOT NULL DEFAULT '-infinity',
  -- Until then one process delivers.
  leased_until timestamptz(3) NOT NULL DEFAULT '-infinity',
  PRIMARY KEY (workspace_id, webhook_id, board_id),
  FOREIGN KEY (workspace_id, webhook_id) REFERENCES webhook (workspace_id, id) ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, board_id) REFERENCES board (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX webhook_position_board_idx ON webhook_position (workspace_id, board_id);

-- The last attempts of each endpoint.
CREATE TABLE webhook_attempt (
  workspace_id   text COLLATE "C" NOT NULL,
  webhook_id     text COLLATE "C" NOT NULL,
  id             text COLLATE "C" NOT NULL,
  message_id     text COLLATE "C" NOT NULL,
  -- Null for a ping.
  board_id       text COLLATE "C",
  first_revision bigint,
  last_revision  bigint,
  attempt        integer NOT NULL,
  created_at     timestamptz(3) NOT NULL,
  milliseconds   integer NOT NULL,
  -- Null without a response.
  status         integer,
  error          text,
  PRIMARY KEY (workspace_id, webhook_id, id),
  FOREIGN KEY (workspace_id, webhook_id) REFERENCES webhook (workspace_id, id) ON DELETE CASCADE
);
