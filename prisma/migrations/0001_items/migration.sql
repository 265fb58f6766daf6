-- The whole domain: workspaces, agents, keys, contacts, boards, columns, items.
-- The workspace's id begins every key and is part of every reference. Ids, names and titles sort by
-- code point on every server, whatever locale it was made with.

CREATE TABLE workspace (
  id         text COLLATE "C" PRIMARY KEY,
  name       text COLLATE "C" NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now()
);

CREATE TABLE agent (
  workspace_id text COLLATE "C" NOT NULL REFERENCES workspace (id),
  id           text COLLATE "C" NOT NULL,
  name         text COLLATE "C" NOT NULL,
  created_at   timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, id)
);

CREATE TABLE api_key (
  workspace_id text COLLATE "C" NOT NULL REFERENCES workspace (id),
  id           text COLLATE "C" NOT NULL,
  agent_id     text COLLATE "C" NOT NULL,
  name         text COLLATE "C" NOT NULL,
  hash         bytea NOT NULL,
  scopes       text[] NOT NULL,
  created_at   timestamptz(3) NOT NULL DEFAULT now(),
  expires_at   timestamptz(3),
  revoked_at   timestamptz(3),
  last_used_at timestamptz(3),
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, agent_id) REFERENCES agent (workspace_id, id)
);
-- A caller shows a key before we know the workspace: the one look-up that cannot begin with it.
CREATE UNIQUE INDEX api_key_hash_key ON api_key (hash);

CREATE TABLE contact (
  workspace_id text COLLATE "C" NOT NULL REFERENCES workspace (id),
  id           text COLLATE "C" NOT NULL,
  name         text COLLATE "C" NOT NULL,
  phone        text,
  email        text,
  created_at   timestamptz(3) NOT NULL DEFAULT now(),
  updated_at   timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, id)
);
CREATE INDEX contact_created_at_idx ON contact (workspace_id, created_at, id);

CREATE TABLE board (
  workspace_id  text COLLATE "C" NOT NULL REFERENCES workspace (id),
  id            text COLLATE "C" NOT NULL,
  name          text COLLATE "C" NOT NULL,
  description   text NOT NULL DEFAULT '',
  allow_delete  boolean NOT NULL DEFAULT true,
  allow_reorder boolean NOT NULL DEFAULT true,
  color         text NOT NULL DEFAULT '#2F6FD6',
  revision      bigint NOT NULL DEFAULT 0,
  created_at    timestamptz(3) NOT NULL DEFAULT now(),
  updated_at    timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, id)
);
CREATE INDEX board_created_at_idx ON board (workspace_id, created_at, id);

CREATE TABLE board_column (
  workspace_id      text COLLATE "C" NOT NULL,
  board_id          text COLLATE "C" NOT NULL,
  id                text COLLATE "C" NOT NULL,
  name              text COLLATE "C" NOT NULL,
  position          integer NOT NULL,
  color             text NOT NULL DEFAULT '#2F6FD6',
  wip_limit         integer,
  auto_archive_days integer,
  items_count       integer NOT NULL DEFAULT 0 CHECK (items_count >= 0),
  created_at        timestamptz(3) NOT NULL DEFAULT now(),
  updated_at        timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, board_id) REFERENCES board (workspace_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX board_column_board_id_key ON board_column (workspace_id, board_id, id);

-- Letters without case and accents: what search compares. The collation is named so that the
-- answer does not depend on the locale that the server was made with.
CREATE FUNCTION search_fold(input text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN translate(
  regexp_replace(normalize(lower(input COLLATE "und-x-icu"), NFKD), U&'[\0300-\036F]', '', 'g'),
  U&'\03C2', U&'\03C3');

-- The LIKE pattern that finds a word as it stands: folded first, because folding can make a wildcard
-- out of a full-width letter, and only then escaped.
CREATE FUNCTION search_pattern(word text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN '%' || regexp_replace(search_fold(word), '([\\%_])', '\\\1', 'g') || '%';

-- Title and every scalar inside the values, one a line. A search word has no white space, so a
-- match in this text is a match in the title or in one value.
CREATE FUNCTION item_search(title text, item_values jsonb) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN search_fold(title || E'\n' || coalesce((
  SELECT string_agg(leaf #>> '{}', E'\n')
  FROM jsonb_path_query(item_values, 'strict $.** ? (@.type() != "object" && @.type() != "array")') leaf
), ''));

-- How values are read. The first two are not STRICT and have one expression, so that the planner
-- puts that expression in the place of the call: they run once for each row that a filter looks at.

-- A value read as text; null where it is an object, an array or null.
CREATE FUNCTION value_text(value jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN jsonb_typeof(value) IN ('string', 'number', 'boolean') THEN value #>> '{}' END;

-- A value read as a number: a JSON number, or a string that is a plain decimal or exponent number.
-- The pattern and the length keep the cast from ever failing.
CREATE FUNCTION value_number(value jsonb) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE jsonb_typeof(value)
  WHEN 'number' THEN (value #>> '{}')::numeric
  WHEN 'string' THEN CASE
    WHEN length(value #>> '{}') <= 300
     AND value #>> '{}' ~ '^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$'
    THEN (value #>> '{}')::numeric END
END;

-- A value read as an instant, in seconds since 1970-01-01T00:00:00Z: a string that is an ISO 8601
-- date or date-time (without an offset: UTC). Arithmetic, because a cast to timestamptz fails on
-- the 30th of February and depends on the session.
CREATE FUNCTION value_instant(value jsonb) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  input text;
  part  text[];
  year  integer;
  month integer;
  day   integer;
BEGIN
  IF jsonb_typeof(value) <> 'string' THEN RETURN NULL; END IF;
  input := value #>> '{}';
  IF length(input) < 10 OR input !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}' THEN RETURN NULL; END IF;
  part := regexp_match(input,
    '^(?!0000)([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])(?:T([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9](?:\.[0-9]{1,9})?))?(?:Z|([+-])([01][0-9]|2[0-3]):?([0-5][0-9]))?)?$');
  IF part IS NULL THEN RETURN NULL; END IF;
  year := part[1];
  month := part[2];
  day := part[3];
  IF (day > CASE
    WHEN month IN (4, 6, 9, 11) THEN 30
    WHEN month <> 2 THEN 31
    WHEN year % 4 = 0 AND (year % 100 <> 0 OR year % 400 = 0) THEN 29
    ELSE 28 END)
  THEN RETURN NULL; END IF;
  RETURN (make_date(year, month, day) - date '1970-01-01') * 86400::numeric
    + coalesce(part[4]::integer, 0) * 3600 + coalesce(part[5]::integer, 0) * 60
    + coalesce(part[6]::numeric, 0)
    - CASE WHEN part[7] = '-' THEN -1 ELSE 1 END
      * (coalesce(part[8]::integer, 0) * 3600 + coalesce(part[9]::integer, 0) * 60);
END $$;

CREATE TABLE item (
  workspace_id     text COLLATE "C" NOT NULL,
  board_id         text COLLATE "C" NOT NULL,
  column_id        text COLLATE "C" NOT NULL,
  id               text COLLATE "C" NOT NULL,
  title            text COLLATE "C" NOT NULL,
  position         integer NOT NULL,
  "values"         jsonb NOT NULL DEFAULT '{}',
  labels           text[] NOT NULL DEFAULT '{}',
  contact_id       text COLLATE "C",
  conversation_ids text[] NOT NULL DEFAULT '{}',
  created_by_id    text COLLATE "C" NOT NULL,
  version          integer NOT NULL DEFAULT 1,
  created_at       timestamptz(3) NOT NULL DEFAULT now(),
  updated_at       timestamptz(3) NOT NULL DEFAULT now(),
  search           text GENERATED ALWAYS AS (item_search(title, "values")) STORED,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, board_id) REFERENCES board (workspace_id, id),
  FOREIGN KEY (workspace_id, board_id, column_id) REFERENCES board_column (workspace_id, board_id, id),
  FOREIGN KEY (workspace_id, contact_id) REFERENCES contact (workspace_id, id),
  FOREIGN KEY (workspace_id, created_by_id) REFERENCES agent (workspace_id, id)
);
CREATE INDEX item_position_idx ON item (workspace_id, board_id, column_id, position, id);
CREATE INDEX item_created_at_idx ON item (workspace_id, board_id, created_at, id);
CREATE INDEX item_updated_at_idx ON item (workspace_id, board_id, updated_at, id);
CREATE INDEX item_contact_idx ON item (workspace_id, contact_id, created_at, id);
