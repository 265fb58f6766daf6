-- Changes items of one board in one transaction, in the order of `operations`:
--   [{n, op: "create" | "update" | "delete" | "upsert", id, fields: {column: value}, set, removed,
--     columnId, columnName, expectedVersion, match: [{key: value}, …]}]
-- With a `place`, created and updated items go there, next to each other. Returns
--   {revision, results: [{n, op, fault, item, contact, createdBy, …}]}, or {fault} if the board does not exist.
-- With `per_item`, a fault stops only its own operation, otherwise all of them. With `brief`, an item is returned as
-- its id and version. The results of a batch omit contact and createdBy.
-- Plans are generic and shaped for a big board: each row by its index. Before PostgreSQL 18, disabled nodes add so much
-- to the estimated cost that every plan would be JIT-compiled: hence no JIT.
--
-- `fields` may set any column that is not listed below, so a new column needs no change here: the names in double
-- braces are replaced by lists of those columns when this file is applied, which is again after every migration.
DO $apply$
DECLARE
  replaced_columns text;
  new_values text;
BEGIN
  SELECT string_agg(format('%I', c.attname), ', ' ORDER BY c.attnum),
    string_agg(CASE WHEN d.adbin IS NULL THEN format('(w.new).%I', c.attname)
      ELSE format('coalesce((w.new).%I, %s)', c.attname, pg_get_expr(d.adbin, d.adrelid)) END, ', ' ORDER BY c.attnum)
  INTO replaced_columns, new_values
  FROM pg_attribute c LEFT JOIN pg_attrdef d ON d.adrelid = c.attrelid AND d.adnum = c.attnum
  WHERE c.attrelid = 'public.item'::regclass AND c.attnum > 0 AND NOT c.attisdropped AND c.attgenerated = ''
    AND c.attname <> ALL (ARRAY['workspace_id', 'board_id', 'column_id', 'id', 'title', 'position', 'values',
      'conversation_ids', 'created_by_id', 'version', 'created_at', 'updated_at']);
  EXECUTE replace(replace(replace($function$
CREATE OR REPLACE FUNCTION apply_operations(the_workspace text, the_agent text, the_board text, operations jsonb,
  place jsonb, per_item boolean, brief boolean) RETURNS jsonb LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
DECLARE
  anchor  public.item;
  chosen  record;
  room    record;
  places  integer[];
  pushed  text[];
  pushed_to integer[];
  home    text;
  writes  public.item_write[];
  todo    record;
  its_revision bigint;
BEGIN
  IF the_board IS NULL THEN
    SELECT i.board_id INTO the_board FROM public.item i
    WHERE i.workspace_id = the_workspace AND i.id = operations -> 0 ->> 'id';
    IF NOT FOUND THEN
      RETURN jsonb_build_object('fault', 'ITEM_NOT_FOUND', 'field', 'id', 'value', operations -> 0 -> 'id');
    END IF;
  END IF;
  IF NOT public.lock_board(the_workspace, the_board, the_agent) THEN
    RETURN jsonb_build_object('fault', 'BOARD_NOT_FOUND', 'field', 'boardId', 'value', the_board);
  END IF;

  -- The lock is held, so the items that an upsert matches stay the same.
  IF operations @? '$[*].match' THEN
    SELECT jsonb_agg(o || CASE WHEN o ? 'match' THEN jsonb_build_object(
        'id', CASE WHEN found.ids[2] IS NULL THEN found.ids[1] END, 'matches', cardinality(found.ids),
        'op', CASE WHEN found.ids[1] IS NULL THEN 'create' ELSE 'update' END) ELSE '{}' END ORDER BY n)
    INTO operations
    FROM jsonb_array_elements(operations) WITH ORDINALITY AS list (o, n)
    -- OFFSET 0 keeps the planner to the index on values, not the primary key, and to one evaluation.
    LEFT JOIN LATERAL (
      SELECT ARRAY(SELECT id FROM (
        SELECT i.id FROM public.item i
        WHERE i.workspace_id = the_workspace AND i.board_id = the_board
          AND (i."values" @> (o #> '{match,0}') OR i."values" @> (o #> '{match,1}'))
        OFFSET 0) i ORDER BY id LIMIT 2) AS ids
      WHERE o ? 'match' OFFSET 0
    ) found ON TRUE;
  END IF;

  IF place IS NOT NULL THEN
    IF place ?| '{before,after}' THEN
      SELECT i.* INTO anchor FROM public.item i
      WHERE i.workspace_id = the_workspace AND i.board_id = the_board
        AND i.id = coalesce(place ->> 'before', place ->> 'after');
      IF NOT FOUND THEN
        RETURN jsonb_build_object('fault', 'ITEM_NOT_FOUND', 'value', coalesce(place ->> 'before', place ->> 'after'),
          'field', CASE WHEN place ? 'before' THEN 'before' ELSE 'after' END);
      END IF;
      home := anchor.column_id;
    ELSE
      chosen := public.resolve_column(the_workspace, the_board,
        operations #>> '{0,columnId}', operations #>> '{0,columnName}');
      home := coalesce(chosen.column_id,
        (SELECT i.column_id FROM public.item i WHERE i.workspace_id = the_workspace AND i.board_id = the_board
          AND i.id = operations #>> '{0,id}'),
        (SELECT c.id FROM public.board_column c WHERE c.workspace_id = the_workspace AND c.board_id = the_board
          ORDER BY c.position, c.id LIMIT 1));
    END IF;
    SELECT * INTO room FROM public.allocate_positions(the_workspace, the_board, home, place, anchor.position,
      ARRAY(SELECT coalesce(o ->> 'id', '') FROM jsonb_array_elements(operations) o), jsonb_array_length(operations));
    places := room.places;
    pushed := room.pushed;
    pushed_to := room.pushed_to;
  END IF;

  writes := ARRAY(WITH op AS MATERIALIZED (
    SELECT o.*, count(*) OVER (PARTITION BY o.id) AS named
    FROM jsonb_to_recordset(operations) AS o (n integer, op text, id text, "newId" text, fields jsonb,
      set jsonb, removed text[], "columnId" text, "columnName" text, "expectedVersion" integer, matches integer)
  ), found AS MATERIALIZED (
    SELECT o.n, o.op, coalesce(o.id, o."newId") AS id, i AS old, jsonb_populate_record(i, o.fields) AS new,
      o."expectedVersion",
      CASE
        WHEN o.op = 'create' THEN coalesce(choice.column_id, home, (
          SELECT c.id FROM public.board_column c WHERE c.workspace_id = the_workspace AND c.board_id = the_board
          ORDER BY c.position, c.id LIMIT 1))
        ELSE coalesce(choice.column_id, home, i.column_id)
      END AS column_id,
      CASE WHEN o.op <> 'create' AND o.set IS NULL AND o.removed IS NULL THEN i."values"
        ELSE (coalesce(i."values", '{}') || coalesce(o.set, '{}')) - coalesce(o.removed, '{}') END AS "values",
      CASE
        WHEN o.matches > 1 THEN 'MATCHES_SEVERAL'
        WHEN o.id IS NOT NULL AND o.named > 1 THEN 'NAMED_TWICE'
        WHEN o.op <> 'create' AND i.id IS NULL THEN 'ITEM_NOT_FOUND'
        WHEN o.op = 'create' AND o.fields ->> 'title' IS NULL THEN 'NO_TITLE'
        WHEN o."expectedVersion" <> i.version THEN 'VERSION_CONFLICT'
        WHEN choice.fault IS NOT NULL THEN choice.fault
        WHEN anchor.id = o.id THEN 'PLACED_BY_ITSELF'
        WHEN home <> choice.column_id THEN 'PLACED_ELSEWHERE'
        WHEN o.fields ->> 'contact_id' IS NOT NULL AND NOT EXISTS (SELECT FROM public.contact k
          WHERE k.workspace_id = the_workspace AND k.id = o.fields ->> 'contact_id') THEN 'CONTACT_NOT_FOUND'
        WHEN public.json_bytes((coalesce(i."values", '{}') || coalesce(o.set, '{}')) - coalesce(o.removed, '{}'))
          > 65536 THEN 'TOO_BIG'
      END AS fault,
      CASE choice.fault WHEN 'columnName' THEN o."columnName" WHEN 'columnId' THEN o."columnId"
        ELSE o.fields ->> 'contact_id' END AS value
    FROM op o
    LEFT JOIN public.item i ON i.workspace_id = the_workspace AND i.id = o.id AND i.board_id = the_board
    CROSS JOIN LATERAL public.resolve_column(the_workspace, the_board, o."columnId", o."columnName") choice
  ), placed AS MATERIALIZED (
    SELECT f.*,
      CASE
        WHEN f.op = 'delete' THEN (f.old).position
        WHEN places IS NOT NULL THEN places[f.n + 1]
        WHEN f.goes_last THEN public.slot_position(public.slot_after(f.last) - 1 + row_number() OVER (
          PARTITION BY f.column_id, f.goes_last ORDER BY f.n))
        ELSE (f.old).position
      END AS position,
      CASE WHEN f.fault IS NULL AND f.column_id IS NULL THEN 'NO_COLUMN' ELSE f.fault END AS its_fault
    FROM (
      SELECT f.*, f.op = 'create' OR f.column_id <> (f.old).column_id AS goes_last, (
        SELECT max(i.position) FROM public.item i WHERE i.workspace_id = the_workspace AND i.board_id = the_board
          AND i.column_id = f.column_id AND places IS NULL) AS last
      FROM found f OFFSET 0
    ) f
  )
  SELECT ROW(w.n, w.op, w.id, w.its_fault, w.value, w."expectedVersion",
    CASE WHEN w.its_fault IS NULL AND (per_item OR NOT bool_or(w.its_fault IS NOT NULL) OVER ()) THEN w.op <> 'update'
      OR (w.new).title <> (w.old).title OR w."values" <> (w.old)."values"
      OR ROW({{new_values}}) IS DISTINCT FROM ROW({{old_values}})
      OR w.column_id <> (w.old).column_id OR w.position <> (w.old).position END,
    w.old, w.new, w."values", w.column_id, w.position)::public.item_write
  FROM placed w ORDER BY w.n);

  SELECT bool_or(w.changes) AS changes, bool_or(w.changes AND w.op = 'create') AS creates,
    bool_or(w.changes AND w.op = 'delete') AS deletes,
    bool_or(w.changes AND w.op = 'update'
      AND ((w.new).title <> (w.old).title OR w."values" <> (w.old)."values")) AS rewrites,
    bool_or(w.changes AND w.op = 'update' AND (w.new).title = (w.old).title AND w."values" = (w.old)."values") AS moves
  INTO todo FROM unnest(writes) w;
  IF todo.changes THEN
    UPDATE public.board b SET revision = b.revision + 1 WHERE b.workspace_id = the_workspace AND b.id = the_board
    RETURNING b.revision INTO its_revision;
  END IF;
  IF todo.creates THEN
    INSERT INTO public.item (workspace_id, board_id, column_id, id, title, position, "values", created_by_id,
      created_at, updated_at, {{replaced_columns}})
    SELECT the_workspace, the_board, w.column_id, w.id, (w.new).title, w.position, w."values", the_agent,
      clock.now, clock.now, {{new_values}}
    FROM unnest(writes) w CROSS JOIN (SELECT clock_timestamp() AS now OFFSET 0) clock
    WHERE w.changes AND w.op = 'create' ORDER BY w.n;
  END IF;
  IF todo.rewrites THEN
    UPDATE public.item i SET title = (w.new).title, "values" = w."values",
      ({{replaced_columns}}) = ROW({{new_values}}), column_id = w.column_id, position = w.position,
      version = i.version + 1, updated_at = clock_timestamp()
    FROM unnest(writes) w
    WHERE w.changes AND w.op = 'update' AND ((w.new).title <> (w.old).title OR w."values" <> (w.old)."values")
      AND i.workspace_id = the_workspace AND i.id = w.id;
  END IF;
  -- An update that does not set title or values does not compute the search text.
  IF todo.moves THEN
    UPDATE public.item i SET ({{replaced_columns}}) = ROW({{new_values}}), column_id = w.column_id,
      position = w.position, version = i.version + 1, updated_at = clock_timestamp()
    FROM unnest(writes) w
    WHERE w.changes AND w.op = 'update' AND (w.new).title = (w.old).title AND w."values" = (w.old)."values"
      AND i.workspace_id = the_workspace AND i.id = w.id;
  END IF;
  IF todo.deletes THEN
    DELETE FROM public.item i USING unnest(writes) w
    WHERE w.changes AND w.op = 'delete' AND i.workspace_id = the_workspace AND i.id = w.id;
  END IF;
  IF todo.changes AND cardinality(pushed) > 0 THEN
    UPDATE public.item i SET position = p.position
    FROM unnest(pushed, pushed_to) AS p (id, position)
    WHERE i.workspace_id = the_workspace AND i.id = p.id;
  END IF;

  RETURN (SELECT jsonb_build_object(
    'revision', its_revision,
    'results', coalesce(jsonb_agg(jsonb_build_object('n', e.n, 'op', e.op, 'id', e.id, 'changes', e.changes)
      || CASE WHEN e.fault IS NULL THEN '{}' ELSE jsonb_build_object('fault', e.fault, 'value', e.value) END
      || CASE WHEN e.fault = 'VERSION_CONFLICT' THEN jsonb_build_object('changed', ARRAY(
          SELECT DISTINCT key FROM public.board_change l, jsonb_object_keys(l.before || l.after) key
          WHERE l.workspace_id = the_workspace AND l.board_id = the_board AND l.subject = 'ITEM'
            AND l.subject_id = e.id AND l.version > e.expected AND l.action <> 'CREATED'
          ORDER BY key)) ELSE '{}' END
      || CASE WHEN (e.item).id IS NULL THEN '{}'
        WHEN brief AND e.fault IS NULL
          THEN jsonb_build_object('item', jsonb_build_object('id', e.id, 'version', (e.item).version))
        ELSE jsonb_build_object('item', to_jsonb(e.item) - 'search') END
      || CASE WHEN (e.item).id IS NULL OR e.fault IS NULL AND (brief OR cardinality(writes) > 1) THEN '{}'
        ELSE jsonb_build_object(
        'contact', (SELECT to_jsonb(k) FROM public.contact k
          WHERE k.workspace_id = the_workspace AND k.id = (e.item).contact_id),
        'createdBy', (SELECT to_jsonb(a) FROM public.agent a
          WHERE a.workspace_id = the_workspace AND a.id = (e.item).created_by_id)) END
      ORDER BY e.n), '[]'))
  FROM (
    SELECT w.*, CASE
      WHEN w.op = 'delete' AND w.changes OR w.fault = 'VERSION_CONFLICT' THEN w.old
      WHEN w.changes IS NOT NULL THEN (
        SELECT i FROM public.item i WHERE i.workspace_id = the_workspace AND i.id = w.id) END AS item
    FROM unnest(writes) w OFFSET 0
  ) e);
END $$;
$function$,
    '{{replaced_columns}}', replaced_columns),
    '{{new_values}}', new_values),
    '{{old_values}}', replace(new_values, '(w.new)', '(w.old)'));
END $apply$;
