-- Finds `wanted` adjacent positions in one column. `place` is {"before": id}, {"after": id}, {"at": "TOP" | "BOTTOM"}
-- or {"position": n}; `anchor` is the position of the item that it names. Items that are `moving` are ignored.
-- Where there is no gap, `pushed` items up to the nearest gap get the positions `pushed_to`: the cost is the distance
-- to the gap, not the size of the column.
CREATE OR REPLACE FUNCTION allocate_positions(the_workspace text, the_board text, the_column text, place jsonb,
  anchor integer, moving text[], wanted integer, OUT places integer[], OUT pushed text[], OUT pushed_to integer[])
LANGUAGE plpgsql STABLE AS $$
DECLARE
  low  bigint;
  high bigint;
  up CURSOR FOR SELECT i.id, i.position FROM public.item i
    WHERE i.workspace_id = the_workspace AND i.board_id = the_board AND i.column_id = the_column
      AND i.position >= high AND i.id <> ALL (moving) ORDER BY i.position;
  down CURSOR FOR SELECT i.id, i.position FROM public.item i
    WHERE i.workspace_id = the_workspace AND i.board_id = the_board AND i.column_id = the_column
      AND i.position <= low AND i.id <> ALL (moving) ORDER BY i.position DESC;
  above record;
  below record;
  is_down boolean := FALSE;
  n integer := 0;
  spare integer;
  moved text;
  last integer;
  ups text[] := '{}';
  downs text[] := '{}';
BEGIN
  -- An item that moves down to the position of another goes behind it, because that one moves up.
  IF wanted = 1 AND place ? 'position' THEN
    -- The text `board_id || ''` has no index: items are found by the primary key, whatever the statistics say.
    PERFORM FROM public.item i WHERE i.workspace_id = the_workspace AND i.board_id || '' = the_board
      AND i.column_id || '' = the_column AND i.id = moving[1] AND i.position < (place ->> 'position')::bigint;
    is_down := FOUND;
  END IF;
  IF is_down THEN
    SELECT i.position INTO low FROM public.item i
    WHERE i.workspace_id = the_workspace AND i.board_id = the_board AND i.column_id = the_column
      AND i.id <> moving[1] AND i.position <= (place ->> 'position')::bigint
    ORDER BY i.position DESC LIMIT 1;
  END IF;
  -- The nearest positions below and above the place, of items that do not move.
  high := CASE WHEN place ? 'before' THEN anchor END;
  low := CASE WHEN place ? 'after' THEN anchor ELSE low END;
  IF high IS NULL AND coalesce(place ->> 'at', '') <> 'BOTTOM' THEN
    SELECT i.position INTO high FROM public.item i
    WHERE i.workspace_id = the_workspace AND i.board_id = the_board AND i.column_id = the_column
      AND i.id <> ALL (moving)
      AND i.position >= coalesce(CASE WHEN is_down THEN low + 1 ELSE (place ->> 'position')::bigint END,
        low + 1, -2147483648)
    ORDER BY i.position LIMIT 1;
  END IF;
  IF low IS NULL AND coalesce(place ->> 'at', '') <> 'TOP' THEN
    SELECT i.position INTO low FROM public.item i
    WHERE i.workspace_id = the_workspace AND i.board_id = the_board AND i.column_id = the_column
      AND i.id <> ALL (moving)
      AND i.position <= coalesce((place ->> 'position')::bigint - 1, high - 1, 2147483647)
    ORDER BY i.position DESC LIMIT 1;
  END IF;
  IF place ? 'position' AND wanted = 1 AND (place ->> 'position')::integer
    BETWEEN coalesce(low + 1, least(0, high - 1), 0)
      AND coalesce(high - 1, public.slot_position(public.slot_after(low)))
  THEN
    places := ARRAY[(place ->> 'position')::integer];
    RETURN;
  END IF;
  -- Items that are already there, in this order, keep their positions. Each is looked up by the primary key.
  places := '{}';
  FOREACH moved IN ARRAY moving LOOP
    SELECT i.position INTO last FROM public.item i
    WHERE i.workspace_id = the_workspace AND i.board_id || '' = the_board AND i.id = moved AND i.column_id || '' = the_column
      AND i.position > coalesce(last, low, -2147483649) AND i.position < coalesce(high, 2147483648);
    EXIT WHEN NOT FOUND;
    places := places || last;
  END LOOP;
  IF cardinality(places) = wanted THEN RETURN; END IF;
  -- At an end of the column, the next slots are free. Beyond the range of integers, the limit acts as a neighbour.
  IF high IS NULL THEN
    high := 2147483648;
    IF public.slot_position(public.slot_after(low) + wanted - 1) < high THEN
      places := ARRAY(SELECT public.slot_position(public.slot_after(low) + i) FROM generate_series(0, wanted - 1) i);
      RETURN;
    END IF;
  ELSIF low IS NULL THEN
    low := -2147483649;
    IF public.slot_position(public.slot_before(high) - wanted + 1) > low THEN
      places := ARRAY(
        SELECT public.slot_position(public.slot_before(high) - wanted + i) FROM generate_series(1, wanted) i);
      RETURN;
    END IF;
  END IF;
  IF high - low > wanted THEN
    places := ARRAY(SELECT low + (high - low) * i / (wanted + 1) FROM generate_series(1, wanted) i);
    RETURN;
  END IF;
  -- Search upwards and downwards in lockstep for the nearest gap that is large enough. A long search that reaches the
  -- end of the column leaves 64 positions free for the next one.
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
