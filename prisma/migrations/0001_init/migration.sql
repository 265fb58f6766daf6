-- The whole schema: workspaces, agents, API keys, contacts, boards, columns, items, the change log and idempotency
-- records. Every primary key and every foreign key begins with the workspace (the tenant). Ids, names and titles have
-- collation "C": they sort by code point on every server, whatever its locale.
--
-- Here are only those functions that stored data depends on; all others are in prisma/functions. PL/pgSQL bodies are
-- resolved when they run and so name the schema: pg_dump restores, and logical replication applies, under an empty
-- search_path. SQL bodies (RETURN, BEGIN ATOMIC) are resolved when the function is created.

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;

-- Workspaces, agents, keys and contacts

CREATE TABLE workspace (
  id                text COLLATE "C" PRIMARY KEY,
  name              text COLLATE "C" NOT NULL,
  -- Counts the changes of contacts. Responses about a board contain contacts, so it is part of a board's ETag.
  contacts_revision bigint NOT NULL DEFAULT 0,
  created_at        timestamptz(3) NOT NULL DEFAULT now()
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
-- A key is looked up before the workspace is known, so this index alone does not begin with it.
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

-- Boards and columns

-- The revision counts the changes of the board, its columns and its items: the cache key and ETag of all of them.
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

-- Triggers on item maintain items_count.
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
-- The target of the foreign key of an item: its column belongs to its board.
CREATE UNIQUE INDEX board_column_board_id_key ON board_column (workspace_id, board_id, id);

-- Trims the white space that JavaScript's trim removes, and lowers the case: how column names are compared.
CREATE FUNCTION folded_name(name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN lower(btrim(name, U&' \0009\000A\000B\000C\000D\00A0\1680\2000\2001\2002\2003\2004\2005\2006\2007\2008\2009\200A\2028\2029\202F\205F\3000\FEFF')
  COLLATE "und-x-icu");

-- The search text of items

-- Lowers the case and removes accents. The collation is named so that the result does not depend on the server's
-- locale.
CREATE FUNCTION search_fold(input text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN translate(
  regexp_replace(normalize(lower(input COLLATE "und-x-icu"), NFKD), U&'[\0300-\036F]', '', 'g'),
  U&'\03C2', U&'\03C3');

-- The LIKE pattern that finds a search word literally. Folding comes before escaping: it can turn a full-width
-- character into a wildcard.
CREATE FUNCTION search_pattern(word text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN '%' || regexp_replace(search_fold(word), '([\\%_])', '\\\1', 'g') || '%';

-- The title and every scalar in the values, one a line, folded. A search word contains no white space, so a match
-- lies within the title or within one value. PL/pgSQL, because every statement that calls an SQL function with a
-- sub-select plans it again.
CREATE FUNCTION item_search(title text, item_values jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  RETURN public.search_fold(title || E'\n' || coalesce((
    SELECT string_agg(leaf #>> '{}', E'\n')
    FROM jsonb_path_query(item_values, 'strict $.** ? (@.type() != "object" && @.type() != "array")') leaf
  ), ''));
END $$;

-- Values as text, numbers and instants
-- value_text and value_number are not STRICT and are single expressions, so that the planner inlines them: a filter
-- calls them for every row.

-- A scalar as text; null for objects, arrays and null.
CREATE FUNCTION value_text(value jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN jsonb_typeof(value) IN ('string', 'number', 'boolean') THEN value #>> '{}' END;

-- A JSON number, or a string that is a plain decimal or exponent number. The pattern and the length limit keep the
-- cast from failing.
CREATE FUNCTION value_number(value jsonb) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE jsonb_typeof(value)
  WHEN 'number' THEN (value #>> '{}')::numeric
  WHEN 'string' THEN CASE
    WHEN length(value #>> '{}') <= 300
     AND value #>> '{}' ~ '^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$'
    THEN (value #>> '{}')::numeric END
END;

-- An ISO 8601 date or date-time string (UTC without an offset) as seconds since 1970-01-01T00:00:00Z. Computed, because
-- a cast to timestamptz fails on 30 February and depends on the session.
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

-- Items

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
CREATE INDEX item_title_idx ON item (workspace_id, board_id, title, id);
CREATE INDEX item_contact_idx ON item (workspace_id, contact_id, created_at, id);
-- Newest first across boards.
CREATE INDEX item_workspace_idx ON item (workspace_id, created_at, id);
-- Within one board: substrings of the search text, equality of any value, and labels. Every search reads the pending
-- list whole, so it is short (256 kB, instead of 4 MB); writes are no slower for it.
CREATE INDEX item_content_idx ON item
  USING gin (workspace_id, board_id, search gin_trgm_ops, "values" jsonb_path_ops, labels)
  WITH (gin_pending_list_limit = 256);

-- One row for each value of each item: ranges, sorting, counts and sums by any key. `reading` is the type of the value:
-- 'n' number, 'd' instant, 't' any other text (its first 200 characters), 'o' an object, an array or null.
-- Triggers on item maintain it.
CREATE TABLE item_value (
  workspace_id text COLLATE "C" NOT NULL,
  board_id     text COLLATE "C" NOT NULL,
  key          text COLLATE "C" NOT NULL,
  reading      text COLLATE "C" NOT NULL,
  number       numeric NOT NULL DEFAULT 0,
  text         text COLLATE "C" NOT NULL DEFAULT '',
  item_id      text COLLATE "C" NOT NULL,
  PRIMARY KEY (workspace_id, board_id, key, reading, number, text, item_id)
);

-- The rows of item_value for the values of one item. No value is both a number and an instant. Keys of over 200 bytes
-- are left out: they would not fit into the index.
CREATE FUNCTION item_value_rows(item_values jsonb)
RETURNS TABLE (key text, reading text, number numeric, text text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 10
BEGIN ATOMIC
  SELECT entry.key,
    CASE WHEN read.number IS NOT NULL THEN 'n' WHEN read.instant IS NOT NULL THEN 'd'
      WHEN value_text(entry.value) IS NOT NULL THEN 't' ELSE 'o' END,
    coalesce(read.number, read.instant, 0),
    CASE WHEN read.number IS NULL AND read.instant IS NULL
      THEN coalesce(left(value_text(entry.value), 200), '') ELSE '' END
  FROM jsonb_each(item_values) AS entry
  CROSS JOIN LATERAL (
    SELECT value_number(entry.value) AS number, value_instant(entry.value) AS instant OFFSET 0
  ) AS read
  WHERE octet_length(entry.key) <= 200;
END;

-- One operation of apply_operations: the item before it and after it. `changes` is null where it is not run.
CREATE TYPE item_write AS (
  n          integer,
  op         text,
  id         text,
  fault      text,
  value      text,
  expected   integer,
  changes    boolean,
  old        item,
  -- With the fields that the operation sets; its values, column and position are the ones below.
  new        item,
  "values"   jsonb,
  column_id  text,
  position   integer
);

-- The change log and idempotency

-- One row for each change of an item, a column or a board, under the board's revision. A writer holds the board's lock
-- until it commits, so revisions have no gaps and their order is the commit order. Triggers write it.
CREATE TABLE board_change (
  workspace_id text COLLATE "C" NOT NULL,
  board_id     text COLLATE "C" NOT NULL,
  revision     bigint NOT NULL,
  n            bigint GENERATED ALWAYS AS IDENTITY,
  subject      text COLLATE "C" NOT NULL CHECK (subject IN ('ITEM', 'COLUMN', 'BOARD')),
  subject_id   text COLLATE "C" NOT NULL,
  action       text COLLATE "C" NOT NULL
    CHECK (action IN ('CREATED', 'UPDATED', 'MOVED', 'SHIFTED', 'DELETED')),
  version      integer,
  agent_id     text COLLATE "C",
  at           timestamptz(3) NOT NULL,
  before       jsonb NOT NULL,
  after        jsonb NOT NULL,
  PRIMARY KEY (workspace_id, board_id, revision, n),
  FOREIGN KEY (workspace_id, board_id) REFERENCES board (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX board_change_subject_idx ON board_change (workspace_id, subject_id, revision, n);

-- The response of each write with an Idempotency-Key, saved in the transaction of the write.
CREATE TABLE idempotency_record (
  workspace_id text COLLATE "C" NOT NULL REFERENCES workspace (id),
  agent_id     text COLLATE "C" NOT NULL,
  key          text COLLATE "C" NOT NULL,
  part         text COLLATE "C" NOT NULL,
  fingerprint  text COLLATE "C" NOT NULL,
  response     jsonb NOT NULL,
  created_at   timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, agent_id, key, part),
  FOREIGN KEY (workspace_id, agent_id) REFERENCES agent (workspace_id, id)
);
CREATE INDEX idempotency_record_created_at_idx ON idempotency_record (workspace_id, created_at);
