-- Writes: the change log, the counts of the columns, idempotency keys, and the one way in which items change.

-- One row for each thing that changed, under the board's revision. A board's lock is held until its revision
-- is committed, so revisions have no gaps and their order is the order of the commits.
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

-- What a write with an Idempotency-Key answered, kept in the write's own transaction.
CREATE TABLE kept_answer (
  workspace_id text COLLATE "C" NOT NULL REFERENCES workspace (id),
  agent_id     text COLLATE "C" NOT NULL,
  key          text COLLATE "C" NOT NULL,
  part         text COLLATE "C" NOT NULL,
  fingerprint  text COLLATE "C" NOT NULL,
  answer       jsonb NOT NULL,
  created_at   timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, agent_id, key, part),
  FOREIGN KEY (workspace_id, agent_id) REFERENCES agent (workspace_id, id)
);
CREATE INDEX kept_answer_created_at_idx ON kept_answer (workspace_id, created_at);

-- Functions with a sub-select are PL/pgSQL here: one in SQL is planned again by every statement that calls it.

-- What a row says, as the log keeps it: without what names or counts it; values one by one.
CREATE FUNCTION logged(row_of_table jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  RETURN row_of_table - '{workspace_id,board_id,id,search,values,version,updated_at,items_count,revision}'::text[]
    || coalesce((SELECT jsonb_object_agg('values.' || key, value) FROM jsonb_each(row_of_table -> 'values')), '{}');
END $$;

-- The part of `a` that `b` says otherwise or not at all.
CREATE FUNCTION differing(a jsonb, b jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  RETURN coalesce((SELECT jsonb_object_agg(key, value) FROM jsonb_each(a)
    WHERE b -> key IS DISTINCT FROM value), '{}');
END $$;

-- The same as before, for the same reason.
CREATE OR REPLACE FUNCTION item_search(title text, item_values jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  RETURN search_fold(title || E'\n' || coalesce((
    SELECT string_agg(leaf #>> '{}', E'\n')
    FROM jsonb_path_query(item_values, 'strict $.** ? (@.type() != "object" && @.type() != "array")') leaf
  ), ''));
END $$;

-- What was written last waits in a list that every search reads whole: a short one is no slower to write, and searches
-- and the write that empties it do not stumble.
ALTER INDEX item_content_idx SET (gin_pending_list_limit = 256);

-- The value index row by row, and only where values change: most updates are moves. A statement's two sets of rows would
-- have to be joined without an index.
DROP TRIGGER item_value_update ON item;
CREATE OR REPLACE FUNCTION item_value_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM item_value x USING item_value_rows(differing(OLD."values", NEW."values")) v
  WHERE x.workspace_id = OLD.workspace_id AND x.board_id = OLD.board_id AND x.key = v.key
    AND x.reading = v.reading AND x.number = v.number AND x.item_id = OLD.id;
  INSERT INTO item_value (workspace_id, board_id, key, reading, number, item_id)
  SELECT NEW.workspace_id, NEW.board_id, v.key, v.reading, v.number, NEW.id
  FROM item_value_rows(differing(NEW."values", OLD."values")) v;
  RETURN NULL;
END $$;
CREATE TRIGGER item_value_update AFTER UPDATE ON item
  FOR EACH ROW WHEN (OLD."values" <> NEW."values") EXECUTE FUNCTION item_value_update();

-- Who writes, as lock_board noted it for this transaction.
CREATE FUNCTION writer() RETURNS text
LANGUAGE sql STABLE
RETURN nullif(current_setting('items.agent', TRUE), '');

-- Whatever changes items, by whichever statement: the counts and the log go along.
CREATE FUNCTION item_insert_logged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM new_items) THEN RETURN NULL; END IF;
  UPDATE board_column c SET items_count = c.items_count + came.items
  FROM (SELECT workspace_id, column_id, count(*)::integer AS items FROM new_items GROUP BY 1, 2) came
  WHERE c.workspace_id = came.workspace_id AND c.id = came.column_id;
  INSERT INTO board_change (workspace_id, board_id, revision, subject, subject_id, action, version,
    agent_id, at, before, after)
  SELECT i.workspace_id, i.board_id, b.revision, 'ITEM', i.id, 'CREATED', i.version,
    coalesce(writer(), i.created_by_id), i.created_at, '{}', logged(to_jsonb(i))
  FROM new_items i JOIN board b ON b.workspace_id = i.workspace_id AND b.id = i.board_id;
  RETURN NULL;
END $$;

CREATE FUNCTION item_delete_logged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM old_items) THEN RETURN NULL; END IF;
  UPDATE board_column c SET items_count = c.items_count - gone.items
  FROM (SELECT workspace_id, column_id, count(*)::integer AS items FROM old_items GROUP BY 1, 2) gone
  WHERE c.workspace_id = gone.workspace_id AND c.id = gone.column_id;
  INSERT INTO board_change (workspace_id, board_id, revision, subject, subject_id, action, version,
    agent_id, at, before, after)
  SELECT i.workspace_id, i.board_id, b.revision, 'ITEM', i.id, 'DELETED', i.version,
    writer(), clock_timestamp(), logged(to_jsonb(i)), '{}'
  FROM old_items i JOIN board b ON b.workspace_id = i.workspace_id AND b.id = i.board_id
  ORDER BY i.id;
  RETURN NULL;
END $$;

-- An item that only made room for another keeps its version: SHIFTED.
-- All rows of the statement at once are hashed: a column without gaps may shift by thousands.
CREATE FUNCTION item_update_logged() RETURNS trigger LANGUAGE plpgsql
SET enable_hashjoin = on SET enable_nestloop = off SET jit = off AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM new_items) THEN RETURN NULL; END IF;
  UPDATE board_column c SET items_count = c.items_count + moved.items
  FROM (
    SELECT workspace_id, column_id, sum(by)::integer AS items FROM (
      SELECT workspace_id, column_id, -1 AS by FROM old_items UNION ALL
      SELECT workspace_id, column_id, 1 FROM new_items
    ) moves GROUP BY 1, 2 HAVING sum(by) <> 0
  ) moved
  WHERE c.workspace_id = moved.workspace_id AND c.id = moved.column_id;
  INSERT INTO board_change (workspace_id, board_id, revision, subject, subject_id, action, version,
    agent_id, at, before, after)
  SELECT i.workspace_id, i.board_id, b.revision, 'ITEM', i.id,
    CASE WHEN i.version = i.old_version THEN 'SHIFTED'
      WHEN i.after - '{column_id,position}'::text[] = '{}'
        AND i.before - '{column_id,position}'::text[] = '{}' THEN 'MOVED'
      ELSE 'UPDATED' END,
    i.version, writer(), clock_timestamp(), i.before, i.after
  FROM (
    SELECT n.workspace_id, n.board_id, n.id, n.version, o.version AS old_version,
      differing(was.said, became.said) AS before, differing(became.said, was.said) AS after
    FROM old_items o JOIN new_items n ON n.workspace_id = o.workspace_id AND n.id = o.id
    CROSS JOIN LATERAL (SELECT logged(to_jsonb(o)) AS said OFFSET 0) was
    CROSS JOIN LATERAL (SELECT logged(to_jsonb(n)) AS said OFFSET 0) became
    OFFSET 0
  ) i JOIN board b ON b.workspace_id = i.workspace_id AND b.id = i.board_id
  ORDER BY i.id;
  RETURN NULL;
END $$;

CREATE TRIGGER item_insert_logged AFTER INSERT ON item
  REFERENCING NEW TABLE AS new_items FOR EACH STATEMENT EXECUTE FUNCTION item_insert_logged();
CREATE TRIGGER item_delete_logged AFTER DELETE ON item
  REFERENCING OLD TABLE AS old_items FOR EACH STATEMENT EXECUTE FUNCTION item_delete_logged();
CREATE TRIGGER item_update_logged AFTER UPDATE ON item
  REFERENCING OLD TABLE AS old_items NEW TABLE AS new_items
  FOR EACH STATEMENT EXECUTE FUNCTION item_update_logged();

-- The same for a board's columns. When a board goes, its log goes with it.
CREATE FUNCTION column_logged() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  was  jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE logged(to_jsonb(OLD)) END;
  said jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}' ELSE logged(to_jsonb(NEW)) END;
  it   board_column := coalesce(NEW, OLD);
BEGIN
  IF was = said THEN RETURN NULL; END IF;
  INSERT INTO board_change (workspace_id, board_id, revision, subject, subject_id, action, agent_id, at, before, after)
  SELECT it.workspace_id, it.board_id, b.revision, 'COLUMN', it.id,
    CASE TG_OP WHEN 'INSERT' THEN 'CREATED' WHEN 'DELETE' THEN 'DELETED'
      ELSE CASE WHEN differing(said, was) - 'position' = '{}' THEN 'MOVED' ELSE 'UPDATED' END END,
    writer(), clock_timestamp(), differing(was, said), differing(said, was)
  FROM board b WHERE b.workspace_id = it.workspace_id AND b.id = it.board_id;
  RETURN NULL;
END $$;

CREATE TRIGGER column_logged AFTER INSERT OR DELETE ON board_column
  FOR EACH ROW EXECUTE FUNCTION column_logged();
CREATE TRIGGER column_update_logged AFTER UPDATE ON board_column
  FOR EACH ROW WHEN (OLD.items_count = NEW.items_count) EXECUTE FUNCTION column_logged();

CREATE FUNCTION board_logged() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  was  jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE logged(to_jsonb(OLD)) END;
  said jsonb := logged(to_jsonb(NEW));
BEGIN
  IF was = said THEN RETURN NULL; END IF;
  INSERT INTO board_change (workspace_id, board_id, revision, subject, subject_id, action, agent_id, at, before, after)
  VALUES (NEW.workspace_id, NEW.id, NEW.revision, 'BOARD', NEW.id,
    CASE TG_OP WHEN 'INSERT' THEN 'CREATED' ELSE 'UPDATED' END,
    writer(), clock_timestamp(), differing(was, said), differing(said, was));
  RETURN NULL;
END $$;

CREATE TRIGGER board_logged AFTER INSERT ON board
  FOR EACH ROW EXECUTE FUNCTION board_logged();
CREATE TRIGGER board_update_logged AFTER UPDATE ON board
  FOR EACH ROW WHEN (OLD.revision = NEW.revision) EXECUTE FUNCTION board_logged();

-- The log begins with what is there.
INSERT INTO board_change (workspace_id, board_id, revision, subject, subject_id, action, agent_id, at, before, after)
SELECT b.workspace_id, b.id, b.revision, 'BOARD', b.id, 'CREATED', NULL, b.created_at, '{}', logged(to_jsonb(b))
FROM board b;
INSERT INTO board_change (workspace_id, board_id, revision, subject, subject_id, action, agent_id, at, before, after)
SELECT c.workspace_id, c.board_id, b.revision, 'COLUMN', c.id, 'CREATED', NULL, c.created_at, '{}', logged(to_jsonb(c))
FROM board_column c JOIN board b ON b.workspace_id = c.workspace_id AND b.id = c.board_id;
INSERT INTO board_change (workspace_id, board_id, revision, subject, subject_id, action, version, agent_id, at, before, after)
SELECT i.workspace_id, i.board_id, b.revision, 'ITEM', i.id, 'CREATED', i.version, i.created_by_id, i.created_at,
  '{}', logged(to_jsonb(i))
FROM item i JOIN board b ON b.workspace_id = i.workspace_id AND b.id = i.board_id;

-- What is read of a board also names contacts: this counts their changes.
ALTER TABLE workspace ADD COLUMN contacts_revision bigint NOT NULL DEFAULT 0;

CREATE FUNCTION contact_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE workspace w SET contacts_revision = w.contacts_revision + 1
  WHERE w.id IN (SELECT workspace_id FROM old_contacts);
  RETURN NULL;
END $$;
CREATE TRIGGER contact_updated AFTER UPDATE ON contact
  REFERENCING OLD TABLE AS old_contacts FOR EACH STATEMENT EXECUTE FUNCTION contact_changed();
CREATE TRIGGER contact_deleted AFTER DELETE ON contact
  REFERENCING OLD TABLE AS old_contacts FOR EACH STATEMENT EXECUTE FUNCTION contact_changed();

-- Positions. A column that grows at its end takes 64 places, leaves 64 free, and so on; one that grows at its top
-- does the same downwards from -1. So a place between two items is never far from a gap.

-- The nth place of a column, from 0; the mirrored ones below 0. Far out it is no position any more.
CREATE FUNCTION place_at(n bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN n >= 0 THEN n / 64 * 128 + n % 64 ELSE -1 - ((-1 - n) / 64 * 128 + (-1 - n) % 64) END;

-- The number of the first place behind a position that is not below 0; 0 where there is none.
CREATE FUNCTION place_behind(bottom bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN bottom >= 0 THEN bottom / 128 * 64 + least(bottom % 128, 63) + 1 ELSE 0 END;

-- The number of the first place before a position, going up from the top; -1 where nothing is above 0.
CREATE FUNCTION place_before(top bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN top < 0 THEN -1 - place_behind(-1 - top) ELSE -1 END;

-- A name as people mean it: without regard to case and outer spaces, which are those that JavaScript's trim takes.
CREATE FUNCTION folded_name(name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN lower(btrim(name, U&' \0009\000A\000B\000C\000D\00A0\1680\2000\2001\2002\2003\2004\2005\2006\2007\2008\2009\200A\2028\2029\202F\205F\3000\FEFF')
  COLLATE "und-x-icu");

-- The column of a board that an id, a name or both choose. The fault is the field that is wrong.
CREATE FUNCTION chosen_column(the_workspace text, the_board text, by_id text, by_name text,
  OUT column_id text, OUT fault text)
LANGUAGE plpgsql STABLE AS $$
DECLARE
  its_name text;
BEGIN
  IF by_id IS NOT NULL THEN
    SELECT c.id, c.name INTO column_id, its_name FROM board_column c
    WHERE c.workspace_id = the_workspace AND c.board_id = the_board AND c.id = by_id;
    IF NOT FOUND THEN fault := 'columnId'; RETURN; END IF;
  END IF;
  IF by_name IS NULL OR folded_name(its_name) = folded_name(by_name) THEN RETURN; END IF;
  SELECT c.id INTO by_id FROM board_column c
  WHERE c.workspace_id = the_workspace AND c.board_id = the_board AND folded_name(c.name) = folded_name(by_name)
  ORDER BY c.position, c.id LIMIT 1;
  IF NOT FOUND THEN fault := 'columnName';
  ELSIF column_id IS NOT NULL THEN fault := 'disagree';
  ELSE column_id := by_id;
  END IF;
END $$;

-- Takes the board's lock until the transaction ends and notes who writes; false where there is no such board.
-- Whoever then changes something counts the revision on before: once, and only then, for the log has no gaps.
CREATE FUNCTION lock_board(the_workspace text, the_board text, the_agent text) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('items.agent', coalesce(the_agent, ''), TRUE);
  PERFORM 1 FROM board WHERE workspace_id = the_workspace AND id = the_board FOR NO KEY UPDATE;
  RETURN FOUND;
END $$;

-- The length of JSON without the spaces that jsonb's text has behind colons and commas; short ones are not counted.
CREATE FUNCTION json_bytes(whole jsonb) RETURNS integer
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  bytes integer := octet_length(whole::text);
BEGIN
  IF bytes <= 65536 THEN RETURN 0; END IF;
  RETURN bytes - coalesce((
    SELECT sum(CASE jsonb_typeof(part)
      WHEN 'object' THEN greatest(2 * (SELECT count(*) FROM jsonb_object_keys(part)) - 1, 0)
      WHEN 'array' THEN greatest(jsonb_array_length(part) - 1, 0) ELSE 0 END)
    FROM jsonb_path_query(whole, 'strict $.**') part), 0);
END $$;

-- Where items go: `wanted` places in one column, next to each other, by what `place` says: {"before": id},
-- {"after": id}, {"at": "TOP" | "BOTTOM"} or {"position": n}. The items that are `moving` do not count. Where
-- there is no gap, the items up to the nearest one are pushed away: it costs the distance, not the column.
CREATE FUNCTION room_for(the_workspace text, the_board text, the_column text, place jsonb, anchor integer,
  moving text[], wanted integer, OUT places integer[], OUT pushed text[], OUT pushed_to integer[])
LANGUAGE plpgsql STABLE AS $$
DECLARE
  low  bigint;
  high bigint;
  up CURSOR FOR SELECT i.id, i.position FROM item i
    WHERE i.workspace_id = the_workspace AND i.board_id = the_board AND i.column_id = the_column
      AND i.position >= high AND i.id <> ALL (moving) ORDER BY i.position;
  down CURSOR FOR SELECT i.id, i.position FROM item i
    WHERE i.workspace_id = the_workspace AND i.board_id = the_board AND i.column_id = the_column
      AND i.position <= low AND i.id <> ALL (moving) ORDER BY i.position DESC;
  above record;
  below record;
  n integer := 0;
  spare integer;
  ups text[] := '{}';
  downs text[] := '{}';
BEGIN
  -- What the place lies between: the nearest positions below and above that stay.
  high := CASE WHEN place ? 'before' THEN anchor END;
  low := CASE WHEN place ? 'after' THEN anchor END;
  IF high IS NULL AND coalesce(place ->> 'at', '') <> 'BOTTOM' THEN
    SELECT min(i.position) INTO high FROM item i
    WHERE i.workspace_id = the_workspace AND i.board_id = the_board AND i.column_id = the_column
      AND i.id <> ALL (moving)
      AND i.position >= coalesce((place ->> 'position')::bigint, low + 1, -2147483648);
  END IF;
  IF low IS NULL AND coalesce(place ->> 'at', '') <> 'TOP' THEN
    SELECT max(i.position) INTO low FROM item i
    WHERE i.workspace_id = the_workspace AND i.board_id = the_board AND i.column_id = the_column
      AND i.id <> ALL (moving)
      AND i.position <= coalesce((place ->> 'position')::bigint - 1, high - 1, 2147483647);
  END IF;
  IF place ? 'position' AND wanted = 1 AND (place ->> 'position')::integer
    BETWEEN coalesce(low + 1, least(0, high - 1), 0) AND coalesce(high - 1, place_at(place_behind(low)))
  THEN
    places := ARRAY[(place ->> 'position')::integer];
    RETURN;
  END IF;
  -- Where the items lie there already, in this order, they stay.
  SELECT array_agg(i.position ORDER BY m.n) INTO places
  FROM unnest(moving) WITH ORDINALITY m (id, n)
  JOIN item i ON i.workspace_id = the_workspace AND i.board_id = the_board AND i.id = m.id
  WHERE i.column_id = the_column AND i.position > coalesce(low, -2147483649) AND i.position < coalesce(high, 2147483648);
  IF cardinality(places) = wanted AND places = ARRAY(SELECT p FROM unnest(places) p ORDER BY p) THEN RETURN; END IF;
  -- At an end the next places are free, until the numbers end: then the end is like an item.
  IF high IS NULL THEN
    high := 2147483648;
    IF place_at(place_behind(low) + wanted - 1) < high THEN
      places := ARRAY(SELECT place_at(place_behind(low) + i) FROM generate_series(0, wanted - 1) i);
      RETURN;
    END IF;
  ELSIF low IS NULL THEN
    low := -2147483649;
    IF place_at(place_before(high) - wanted + 1) > low THEN
      places := ARRAY(SELECT place_at(place_before(high) - wanted + i) FROM generate_series(1, wanted) i);
      RETURN;
    END IF;
  END IF;
  IF high - low > wanted THEN
    places := ARRAY(SELECT low + (high - low) * i / (wanted + 1) FROM generate_series(1, wanted) i);
    RETURN;
  END IF;
  -- Both ways in step, until one has found enough gaps, before the next item or the end of the numbers. Who had to go far
  -- to the end leaves room for the next.
  OPEN up;
  OPEN down;
  LOOP
    n := n + 1;
    FETCH up INTO above;
    IF coalesce(above.position, 2147483648) >= low + wanted + n THEN
      places := ARRAY(SELECT low + i FROM generate_series(1, wanted) i);
      pushed := ups;
      spare := CASE WHEN above.id IS NULL AND n > 64 AND low + wanted + n < 2147480000 THEN 64 ELSE 0 END;
      pushed_to := ARRAY(SELECT low + wanted + spare + i FROM generate_series(1, n - 1) i);
      EXIT;
    END IF;
    FETCH down INTO below;
    IF coalesce(below.position, -2147483649) <= high - wanted - n THEN
      places := ARRAY(SELECT high - wanted - 1 + i FROM generate_series(1, wanted) i);
      pushed := downs;
      spare := CASE WHEN below.id IS NULL AND n > 64 AND high - wanted - n > -2147480000 THEN 64 ELSE 0 END;
      pushed_to := ARRAY(SELECT high - wanted - spare - i FROM generate_series(1, n - 1) i);
      EXIT;
    END IF;
    ups := ups || above.id;
    downs := downs || below.id;
  END LOOP;
  CLOSE up;
  CLOSE down;
END $$;

-- One operation of change_items: what was found, and what becomes of it. `changes` is null where it is not run.
CREATE TYPE item_write AS (n integer, op text, id text, fault text, value text, expected integer, changes boolean,
  old item, title text, "values" jsonb, labels text[], contact_id text, column_id text, position integer);

-- Changes items of one board, all at once, in the order of `operations`:
--   [{n, op: "create" | "update" | "delete" | "upsert", id, title, set, removed, labels, hasContact, contactId,
--     columnId, columnName, expectedVersion, match: [{key: value}, …]}]
-- With a `place`, what is created or updated goes there, next to each other. The answer is
--   {revision, results: [{n, op, fault, item, contact, createdBy, …}]}, or {fault} where there is no such board.
-- Faults stop only their own operation where `per_item` is said, else all of them. Where `brief` is said, an item is its id
-- and version; among several, it comes without the people that belong to it.
-- Its plans are kept, whatever their parameters, and shaped as for a big board: each row by its index. Before PostgreSQL 18
-- what is off costs so much in the planner's eyes that it would compile every plan first: hence no JIT.
CREATE FUNCTION change_items(the_workspace text, the_agent text, the_board text, operations jsonb, place jsonb,
  per_item boolean, brief boolean) RETURNS jsonb LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
DECLARE
  anchor  item;
  chosen  record;
  room    record;
  places  integer[];
  pushed  text[];
  pushed_to integer[];
  home    text;
  writes  item_write[];
  todo    record;
  its_revision bigint;
BEGIN
  IF the_board IS NULL THEN
    SELECT i.board_id INTO the_board FROM item i
    WHERE i.workspace_id = the_workspace AND i.id = operations -> 0 ->> 'id';
    IF NOT FOUND THEN RETURN jsonb_build_object('fault', 'ITEM_NOT_FOUND', 'field', 'id', 'value', operations -> 0 -> 'id'); END IF;
  END IF;
  IF NOT lock_board(the_workspace, the_board, the_agent) THEN
    RETURN jsonb_build_object('fault', 'BOARD_NOT_FOUND', 'field', 'boardId', 'value', the_board);
  END IF;

  -- Which items an upsert means is known only under the lock.
  IF operations @? '$[*].match' THEN
    SELECT jsonb_agg(o || CASE WHEN o ? 'match' THEN jsonb_build_object(
        'id', CASE WHEN found.ids[2] IS NULL THEN found.ids[1] END, 'matches', cardinality(found.ids),
        'op', CASE WHEN found.ids[1] IS NULL THEN 'create' ELSE 'update' END) ELSE '{}' END ORDER BY n)
    INTO operations
    FROM jsonb_array_elements(operations) WITH ORDINALITY AS list (o, n)
    -- Found by the index on values, never along the ids; and once, not once for each use.
    LEFT JOIN LATERAL (
      SELECT ARRAY(SELECT id FROM (
        SELECT i.id FROM item i
        WHERE i.workspace_id = the_workspace AND i.board_id = the_board
          AND (i."values" @> (o #> '{match,0}') OR i."values" @> (o #> '{match,1}'))
        OFFSET 0) i ORDER BY id LIMIT 2) AS ids
      WHERE o ? 'match' OFFSET 0
    ) found ON TRUE;
  END IF;

  IF place IS NOT NULL THEN
    IF place ?| '{before,after}' THEN
      SELECT i.* INTO anchor FROM item i
      WHERE i.workspace_id = the_workspace AND i.board_id = the_board
        AND i.id = coalesce(place ->> 'before', place ->> 'after');
      IF NOT FOUND THEN
        RETURN jsonb_build_object('fault', 'ITEM_NOT_FOUND', 'value', coalesce(place ->> 'before', place ->> 'after'),
          'field', CASE WHEN place ? 'before' THEN 'before' ELSE 'after' END);
      END IF;
      home := anchor.column_id;
    ELSE
      chosen := chosen_column(the_workspace, the_board, operations #>> '{0,columnId}', operations #>> '{0,columnName}');
      home := coalesce(chosen.column_id,
        (SELECT i.column_id FROM item i WHERE i.workspace_id = the_workspace AND i.board_id = the_board
          AND i.id = operations #>> '{0,id}'),
        (SELECT c.id FROM board_column c WHERE c.workspace_id = the_workspace AND c.board_id = the_board
          ORDER BY c.position, c.id LIMIT 1));
    END IF;
    SELECT * INTO room FROM room_for(the_workspace, the_board, home, place, anchor.position,
      ARRAY(SELECT coalesce(o ->> 'id', '') FROM jsonb_array_elements(operations) o), jsonb_array_length(operations));
    places := room.places;
    pushed := room.pushed;
    pushed_to := room.pushed_to;
  END IF;

  writes := ARRAY(WITH op AS MATERIALIZED (
    SELECT o.*, count(*) OVER (PARTITION BY o.id) AS named
    FROM jsonb_to_recordset(operations) AS o (n integer, op text, id text, "newId" text, title text, set jsonb,
      removed text[], labels text[], "hasContact" boolean, "contactId" text, "columnId" text, "columnName" text,
      "expectedVersion" integer, matches integer)
  ), found AS MATERIALIZED (
    SELECT o.n, o.op, coalesce(o.id, o."newId") AS id, o.title, o.labels, i AS old, o."expectedVersion",
      CASE
        WHEN o.op = 'create' THEN coalesce(choice.column_id, home, (
          SELECT c.id FROM board_column c WHERE c.workspace_id = the_workspace AND c.board_id = the_board
          ORDER BY c.position, c.id LIMIT 1))
        ELSE coalesce(choice.column_id, home, i.column_id)
      END AS column_id,
      CASE WHEN o.op <> 'create' AND o.set IS NULL AND o.removed IS NULL THEN i."values"
        ELSE (coalesce(i."values", '{}') || coalesce(o.set, '{}')) - coalesce(o.removed, '{}') END AS "values",
      CASE WHEN o."hasContact" THEN o."contactId" ELSE i.contact_id END AS contact_id,
      CASE
        WHEN o.matches > 1 THEN 'MATCHES_SEVERAL'
        WHEN o.id IS NOT NULL AND o.named > 1 THEN 'NAMED_TWICE'
        WHEN o.op <> 'create' AND i.id IS NULL THEN 'ITEM_NOT_FOUND'
        WHEN o.op = 'create' AND o.title IS NULL THEN 'NO_TITLE'
        WHEN o."expectedVersion" <> i.version THEN 'VERSION_CONFLICT'
        WHEN choice.fault IS NOT NULL THEN choice.fault
        WHEN anchor.id = o.id THEN 'PLACED_BY_ITSELF'
        WHEN home <> choice.column_id THEN 'PLACED_ELSEWHERE'
        WHEN o."hasContact" AND o."contactId" IS NOT NULL AND NOT EXISTS (
          SELECT FROM contact k WHERE k.workspace_id = the_workspace AND k.id = o."contactId") THEN 'CONTACT_NOT_FOUND'
        WHEN json_bytes((coalesce(i."values", '{}') || coalesce(o.set, '{}')) - coalesce(o.removed, '{}')) > 65536
          THEN 'TOO_BIG'
      END AS fault,
      CASE choice.fault WHEN 'columnName' THEN o."columnName" WHEN 'columnId' THEN o."columnId" ELSE o."contactId" END AS value
    FROM op o
    LEFT JOIN item i ON i.workspace_id = the_workspace AND i.id = o.id AND i.board_id = the_board
    CROSS JOIN LATERAL chosen_column(the_workspace, the_board, o."columnId", o."columnName") choice
  ), placed AS MATERIALIZED (
    SELECT f.*,
      CASE
        WHEN f.op = 'delete' THEN (f.old).position
        WHEN places IS NOT NULL THEN places[f.n + 1]
        WHEN f.goes_last THEN place_at(place_behind(f.last) - 1 + row_number() OVER (
          PARTITION BY f.column_id, f.goes_last ORDER BY f.n))
        ELSE (f.old).position
      END AS position,
      CASE WHEN f.fault IS NULL AND f.column_id IS NULL THEN 'NO_COLUMN' ELSE f.fault END AS its_fault
    FROM (
      SELECT f.*, f.op = 'create' OR f.column_id <> (f.old).column_id AS goes_last, (
        SELECT max(i.position) FROM item i WHERE i.workspace_id = the_workspace AND i.board_id = the_board
          AND i.column_id = f.column_id AND places IS NULL) AS last
      FROM found f OFFSET 0
    ) f
  )
  SELECT ROW(p.n, p.op, p.id, p.its_fault, p.value, p."expectedVersion",
    CASE WHEN p.its_fault IS NULL AND (per_item OR NOT bool_or(p.its_fault IS NOT NULL) OVER ()) THEN p.op <> 'update'
      OR coalesce(p.title <> (p.old).title, FALSE) OR coalesce(p.labels <> (p.old).labels, FALSE)
      OR p."values" <> (p.old)."values" OR p.contact_id IS DISTINCT FROM (p.old).contact_id
      OR p.column_id <> (p.old).column_id OR p.position <> (p.old).position END,
    p.old, coalesce(p.title, (p.old).title), p."values", coalesce(p.labels, (p.old).labels, '{}'), p.contact_id,
    p.column_id, p.position)::item_write
  FROM placed p ORDER BY p.n);

  SELECT bool_or(w.changes) AS changes, bool_or(w.changes AND w.op = 'create') AS creates,
    bool_or(w.changes AND w.op = 'delete') AS deletes,
    bool_or(w.changes AND w.op = 'update' AND (w.title <> (w.old).title OR w."values" <> (w.old)."values")) AS rewrites,
    bool_or(w.changes AND w.op = 'update' AND w.title = (w.old).title AND w."values" = (w.old)."values") AS moves
  INTO todo FROM unnest(writes) w;
  IF todo.changes THEN
    UPDATE board b SET revision = b.revision + 1 WHERE b.workspace_id = the_workspace AND b.id = the_board
    RETURNING b.revision INTO its_revision;
  END IF;
  IF todo.creates THEN
    INSERT INTO item (workspace_id, board_id, column_id, id, title, position, "values", labels, contact_id,
      created_by_id, created_at, updated_at)
    SELECT the_workspace, the_board, w.column_id, w.id, w.title, w.position, w."values", w.labels, w.contact_id,
      the_agent, clock.now, clock.now
    FROM unnest(writes) w CROSS JOIN (SELECT clock_timestamp() AS now OFFSET 0) clock
    WHERE w.changes AND w.op = 'create' ORDER BY w.n;
  END IF;
  IF todo.rewrites THEN
    UPDATE item i SET title = w.title, "values" = w."values", labels = w.labels, contact_id = w.contact_id,
      column_id = w.column_id, position = w.position, version = i.version + 1, updated_at = clock_timestamp()
    FROM unnest(writes) w
    WHERE w.changes AND w.op = 'update' AND (w.title <> (w.old).title OR w."values" <> (w.old)."values")
      AND i.workspace_id = the_workspace AND i.id = w.id;
  END IF;
  -- What names neither title nor values leaves the search text alone.
  IF todo.moves THEN
    UPDATE item i SET labels = w.labels, contact_id = w.contact_id,
      column_id = w.column_id, position = w.position, version = i.version + 1, updated_at = clock_timestamp()
    FROM unnest(writes) w
    WHERE w.changes AND w.op = 'update' AND w.title = (w.old).title AND w."values" = (w.old)."values"
      AND i.workspace_id = the_workspace AND i.id = w.id;
  END IF;
  IF todo.deletes THEN
    DELETE FROM item i USING unnest(writes) w
    WHERE w.changes AND w.op = 'delete' AND i.workspace_id = the_workspace AND i.id = w.id;
  END IF;
  IF todo.changes AND cardinality(pushed) > 0 THEN
    UPDATE item i SET position = p.position
    FROM unnest(pushed, pushed_to) AS p (id, position)
    WHERE i.workspace_id = the_workspace AND i.id = p.id;
  END IF;

  RETURN (SELECT jsonb_build_object(
    'revision', its_revision,
    'results', coalesce(jsonb_agg(jsonb_build_object('n', e.n, 'op', e.op, 'id', e.id, 'changes', e.changes)
      || CASE WHEN e.fault IS NULL THEN '{}' ELSE jsonb_build_object('fault', e.fault, 'value', e.value) END
      || CASE WHEN e.fault = 'VERSION_CONFLICT' THEN jsonb_build_object('changed', ARRAY(
          SELECT DISTINCT key FROM board_change l, jsonb_object_keys(l.before || l.after) key
          WHERE l.workspace_id = the_workspace AND l.board_id = the_board AND l.subject = 'ITEM'
            AND l.subject_id = e.id AND l.version > e.expected
          ORDER BY key)) ELSE '{}' END
      || CASE WHEN (e.item).id IS NULL THEN '{}'
        WHEN brief AND e.fault IS NULL
          THEN jsonb_build_object('item', jsonb_build_object('id', e.id, 'version', (e.item).version))
        ELSE jsonb_build_object('item', to_jsonb(e.item) - 'search') END
      || CASE WHEN (e.item).id IS NULL OR e.fault IS NULL AND (brief OR cardinality(writes) > 1) THEN '{}'
        ELSE jsonb_build_object(
        'contact', (SELECT to_jsonb(k) FROM contact k
          WHERE k.workspace_id = the_workspace AND k.id = (e.item).contact_id),
        'createdBy', (SELECT to_jsonb(a) FROM agent a
          WHERE a.workspace_id = the_workspace AND a.id = (e.item).created_by_id)) END
      ORDER BY e.n), '[]'))
  FROM (
    SELECT w.*, CASE
      WHEN w.op = 'delete' AND w.changes OR w.fault = 'VERSION_CONFLICT' THEN w.old
      WHEN w.changes IS NOT NULL THEN (
        SELECT i FROM item i WHERE i.workspace_id = the_workspace AND i.id = w.id) END AS item
    FROM unnest(writes) w OFFSET 0
  ) e);
END $$;

-- Takes an idempotency key for the rest of the transaction. Null: the write is to be run. {"kept": answer}: it was run
-- before. {"fault"}: it is running right now, or the key was used for something else.
-- The fingerprint is that of the whole request, of which a part is one write.
CREATE FUNCTION take_key(the_workspace text, the_agent text, the_key text, the_part text, the_fingerprint text)
RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  found jsonb;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended(concat_ws(E'\n', the_workspace, the_agent, the_key), 0)) THEN
    RETURN jsonb_build_object('fault', 'IDEMPOTENCY_KEY_IN_USE');
  END IF;
  IF EXISTS (SELECT FROM kept_answer k
    WHERE k.workspace_id = the_workspace AND k.agent_id = the_agent AND k.key = the_key
      AND k.fingerprint <> the_fingerprint AND k.created_at > now() - interval '24 hours')
  THEN
    RETURN jsonb_build_object('fault', 'IDEMPOTENCY_KEY_REUSED');
  END IF;
  SELECT jsonb_build_object('kept', k.answer) INTO found FROM kept_answer k
  WHERE k.workspace_id = the_workspace AND k.agent_id = the_agent AND k.key = the_key AND k.part = the_part
    AND k.created_at > now() - interval '24 hours';
  RETURN found;
END $$;

-- Keeps the answer of a write under its key, and clears away two that are older than a day: more than come in.
CREATE FUNCTION keep_answer(the_workspace text, the_agent text, the_key text, the_part text, the_fingerprint text,
  the_answer jsonb) RETURNS void LANGUAGE sql
BEGIN ATOMIC
  DELETE FROM kept_answer k WHERE (k.workspace_id, k.agent_id, k.key, k.part) IN (
    SELECT o.workspace_id, o.agent_id, o.key, o.part FROM kept_answer o
    WHERE o.workspace_id = the_workspace AND o.created_at <= now() - interval '24 hours' AND o.key <> the_key
    ORDER BY o.created_at LIMIT 2 FOR UPDATE SKIP LOCKED);
  INSERT INTO kept_answer (workspace_id, agent_id, key, part, fingerprint, answer)
  VALUES (the_workspace, the_agent, the_key, the_part, the_fingerprint, the_answer)
  ON CONFLICT (workspace_id, agent_id, key, part)
  DO UPDATE SET fingerprint = excluded.fingerprint, answer = excluded.answer, created_at = now();
END;

-- change_items as one request: once for its key, and without a trace where it only validates.
CREATE FUNCTION write_items(the_workspace text, the_agent text, the_board text, operations jsonb, place jsonb,
  per_item boolean, brief boolean, validate_only boolean, the_key text, the_part text, the_fingerprint text)
  RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  answer jsonb;
BEGIN
  IF validate_only THEN
    BEGIN
      answer := change_items(the_workspace, the_agent, the_board, operations, place, per_item, brief);
      RAISE EXCEPTION USING ERRCODE = 'IG000', MESSAGE = 'validated only';
    EXCEPTION WHEN SQLSTATE 'IG000' THEN
      RETURN answer;
    END;
  END IF;
  IF the_key IS NOT NULL THEN
    answer := take_key(the_workspace, the_agent, the_key, the_part, the_fingerprint);
    IF answer IS NOT NULL THEN RETURN answer; END IF;
  END IF;
  answer := change_items(the_workspace, the_agent, the_board, operations, place, per_item, brief);
  IF the_key IS NOT NULL AND (per_item OR NOT answer @? '$.results[*].fault') AND NOT answer ? 'fault' THEN
    PERFORM keep_answer(the_workspace, the_agent, the_key, the_part, the_fingerprint, answer);
  END IF;
  RETURN answer;
END $$;
