-- A write never waits long with a connection in its hands, nor answers with more than fits into memory.

-- Notes who writes, for the log, and bounds the wait for any lock: the server tries again, and lets others go before.
CREATE FUNCTION note_writer(the_agent text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('items.agent', coalesce(the_agent, ''), TRUE), set_config('lock_timeout', '1s', TRUE);
END $$;

CREATE OR REPLACE FUNCTION lock_board(the_workspace text, the_board text, the_agent text) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM note_writer(the_agent);
  PERFORM 1 FROM board WHERE workspace_id = the_workspace AND id = the_board FOR NO KEY UPDATE;
  RETURN FOUND;
END $$;

CREATE OR REPLACE FUNCTION item_delete_logged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM old_items) THEN RETURN NULL; END IF;
  UPDATE board_column c SET items_count = c.items_count - gone.items
  FROM (SELECT workspace_id, column_id, count(*)::integer AS items FROM old_items GROUP BY 1, 2) gone
  WHERE c.workspace_id = gone.workspace_id AND c.id = gone.column_id;
  -- The log of a board goes with the board.
  IF current_setting('items.unlogged', TRUE) = (SELECT board_id FROM old_items LIMIT 1) THEN RETURN NULL; END IF;
  INSERT INTO board_change (workspace_id, board_id, revision, subject, subject_id, action, version,
    agent_id, at, before, after)
  SELECT i.workspace_id, i.board_id, b.revision, 'ITEM', i.id, 'DELETED', i.version,
    writer(), clock_timestamp(), logged(to_jsonb(i)), '{}'
  FROM old_items i JOIN board b ON b.workspace_id = i.workspace_id AND b.id = i.board_id
  ORDER BY i.id;
  RETURN NULL;
END $$;

-- An answer, unless it is too large to be sent: then nothing is done.
CREATE FUNCTION bounded(answer jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF pg_column_size(answer) > 8388608 THEN RAISE EXCEPTION USING ERRCODE = 'IG001', MESSAGE = 'the answer is too large'; END IF;
  RETURN answer;
END $$;

CREATE OR REPLACE FUNCTION write_items(the_workspace text, the_agent text, the_board text, operations jsonb, place jsonb,
  per_item boolean, brief boolean, validate_only boolean, the_key text, the_part text, the_fingerprint text)
  RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  answer jsonb;
BEGIN
  IF validate_only THEN
    BEGIN
      answer := bounded(change_items(the_workspace, the_agent, the_board, operations, place, per_item, brief));
      RAISE EXCEPTION USING ERRCODE = 'IG000', MESSAGE = 'validated only';
    EXCEPTION WHEN SQLSTATE 'IG000' THEN
      RETURN answer;
    END;
  END IF;
  IF the_key IS NOT NULL THEN
    answer := take_key(the_workspace, the_agent, the_key, the_part, the_fingerprint);
    IF answer IS NOT NULL THEN RETURN answer; END IF;
  END IF;
  answer := bounded(change_items(the_workspace, the_agent, the_board, operations, place, per_item, brief));
  IF the_key IS NOT NULL AND (per_item OR NOT answer @? '$.results[*].fault') AND NOT answer ? 'fault' THEN
    PERFORM keep_answer(the_workspace, the_agent, the_key, the_part, the_fingerprint, answer);
  END IF;
  RETURN answer;
END $$;

-- As before, but for an item that goes down by a position.
CREATE OR REPLACE FUNCTION room_for(the_workspace text, the_board text, the_column text, place jsonb, anchor integer,
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
  is_down boolean := FALSE;
  n integer := 0;
  spare integer;
  ups text[] := '{}';
  downs text[] := '{}';
BEGIN
  -- Who takes the place of an item further down goes behind it, as that one moves up.
  IF wanted = 1 AND EXISTS (SELECT FROM item i WHERE i.workspace_id = the_workspace AND i.board_id = the_board
    AND i.column_id = the_column AND i.id = moving[1] AND i.position < (place ->> 'position')::bigint)
  THEN
    SELECT max(i.position) INTO low FROM item i
    WHERE i.workspace_id = the_workspace AND i.board_id = the_board AND i.column_id = the_column
      AND i.id <> moving[1] AND i.position <= (place ->> 'position')::bigint;
    is_down := TRUE;
  END IF;
  -- What the place lies between: the nearest positions below and above that stay.
  high := CASE WHEN place ? 'before' THEN anchor END;
  low := CASE WHEN place ? 'after' THEN anchor ELSE low END;
  IF high IS NULL AND coalesce(place ->> 'at', '') <> 'BOTTOM' THEN
    SELECT min(i.position) INTO high FROM item i
    WHERE i.workspace_id = the_workspace AND i.board_id = the_board AND i.column_id = the_column
      AND i.id <> ALL (moving)
      AND i.position >= coalesce(CASE WHEN is_down THEN low + 1 ELSE (place ->> 'position')::bigint END, low + 1, -2147483648);
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
