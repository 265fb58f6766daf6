-- Changes items of one board in one transaction, in the order of `operations`, see item_operation. With a `place`,
-- created and updated items go there, next to each other. Returns {revision, results}, see operation_results, or
-- {fault, field, value} if the board or the item that the place names does not exist.
-- `the_revision` is the one that the caller has begun, or null for a new one if something changes. With `per_item`, a
-- fault stops only its own operation; otherwise nothing is saved. A batch with upserts or contacts needs it, for it may
-- be saved in parts.
--
-- This function reads and decides; save_items writes. Each statement is on one table and has one plan, whatever the
-- statistics say: generic, each row by its index. Before PostgreSQL 18, disabled nodes add so much to the estimated cost
-- that every plan would be JIT-compiled: hence no JIT.
DO $apply$ BEGIN EXECUTE public.item_template($function$
CREATE OR REPLACE FUNCTION apply_operations(the_workspace text, the_agent text, the_board text, the_revision bigint,
  operations jsonb, place jsonb, per_item boolean, brief boolean) RETURNS jsonb LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET lock_timeout = '1s'
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
DECLARE
  is_batch     boolean := jsonb_array_length(operations) > 1;
  has_contacts boolean := operations @? '$[*].contact';
  target       public.item_target;
  op           public.item_operation;
  old          public.item;
  w            public.item_write;
  with_values  boolean;
  -- Ids that a batch repeats, and the contacts that it names and that exist: {id: null}.
  twice        text[];
  contacts     jsonb;
  -- The column of created items that name none.
  home         text;
  -- The last position in each column that gets items at its end.
  ends         jsonb := '{}';
  -- Writes that are decided but not saved, and the ids of their items.
  writes       public.item_write[] := '{}';
  pending      text[];
  saved        public.item_write[];
  is_refused   boolean := FALSE;
BEGIN
  IF the_board IS NULL THEN
    SELECT i.board_id INTO the_board FROM public.item i
    WHERE i.workspace_id = the_workspace AND i.id = operations #>> '{0,id}';
    IF NOT FOUND THEN
      RETURN jsonb_build_object('fault', 'ITEM_NOT_FOUND', 'field', 'id', 'value', operations #> '{0,id}');
    END IF;
  END IF;
  PERFORM FROM public.board b WHERE b.workspace_id = the_workspace AND b.id = the_board FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN jsonb_build_object('fault', 'BOARD_NOT_FOUND', 'field', 'boardId', 'value', the_board);
  END IF;
  IF place IS NOT NULL THEN
    target := public.resolve_place(the_workspace, the_board, operations, place);
    IF target.missing IS NOT NULL THEN
      RETURN jsonb_build_object('fault', 'ITEM_NOT_FOUND', 'field', target.missing, 'value', target.anchor);
    END IF;
  END IF;
  IF has_contacts THEN PERFORM public.lock_linked_contacts(the_workspace, operations); END IF;
  IF is_batch THEN
    twice := ARRAY(SELECT o ->> 'id' FROM jsonb_array_elements(operations) o GROUP BY 1 HAVING count(o ->> 'id') > 1);
    SELECT jsonb_object_agg(k.id, NULL) INTO contacts FROM public.contact k WHERE k.workspace_id = the_workspace
      AND k.id = ANY (ARRAY(SELECT o #>> '{fields,contact_id}' FROM jsonb_array_elements(operations) o));
  END IF;

  FOR k IN 0 .. jsonb_array_length(operations) - 1 LOOP
    op := jsonb_populate_record(NULL::public.item_operation, operations -> k);
    IF contacts IS NOT NULL THEN op.has_contact := contacts ? (op.fields ->> 'contact_id'); END IF;
    IF op.id = ANY (twice) THEN op.fault := 'NAMED_TWICE'; END IF;
    -- Earlier writes that this operation depends on are saved first.
    LOOP
      IF op.match IS NOT NULL THEN op := public.find_match(the_workspace, the_board, op); END IF;
      EXIT WHEN pending IS NULL OR op.fault = 'NAMED_TWICE'
        OR op."seesEarlier" IS NULL AND op.fault IS NULL AND (op.id IS NULL OR op.id <> ALL (pending));
      the_revision := public.save_items(the_workspace, the_board, the_agent, the_revision, writes);
      saved := saved || writes;
      writes := '{}';
      pending := NULL;
    END LOOP;
    IF op.op = 'create' THEN
      old := NULL;
      IF op."columnId" IS NULL AND op."columnName" IS NULL THEN op.to_column := home; END IF;
    ELSE
      with_values := NOT brief OR op.op = 'delete' OR op.set IS NOT NULL;
      SELECT {{read}} INTO old FROM public.item i
      -- The text `board_id || ''` has no index: by the primary key, whatever the statistics say.
      WHERE i.workspace_id = the_workspace AND i.board_id || '' = the_board AND i.id = op.id;
    END IF;
    w := public.decide_write(the_workspace, the_board, the_agent, op, old, target, ends);
    IF is_batch THEN
      pending := pending || w.id;
      IF (w.new).column_id IS DISTINCT FROM old.column_id AND (w.new).column_id IS NOT NULL THEN
        ends := ends || jsonb_build_object((w.new).column_id, (w.new).position);
        IF op."columnId" IS NULL AND op."columnName" IS NULL AND op.op = 'create' THEN home := (w.new).column_id; END IF;
      END IF;
    END IF;
    is_refused := is_refused OR w.fault IS NOT NULL AND NOT per_item;
    writes := writes || w;
  END LOOP;

  IF NOT is_refused THEN
    IF target.pushed IS NOT NULL THEN
      IF TRUE IN (SELECT changes FROM unnest(writes)) THEN
        writes := writes || public.shift_items(the_workspace, the_board, target);
      END IF;
    END IF;
    the_revision := public.save_items(the_workspace, the_board, the_agent, the_revision, writes);
  END IF;
  IF has_contacts THEN PERFORM public.log_new_contacts(the_workspace, the_agent, operations); END IF;
  RETURN jsonb_build_object('revision', the_revision, 'results', public.operation_results(
    the_workspace, saved || writes, brief, is_batch, is_refused));
END $$;
$function$); END $apply$;
