-- Saves writes of items of one board, whose lock the caller holds: items, counts of columns, change log and index of
-- values. Each statement is on one table, with the generic plan of its caller, apart from the INSERTs: a distributed
-- database refuses generic plans of INSERT with SELECT. They read no table, so no statistics can change their plans. Returns
-- the revision of the board: the one that the caller has begun, or else the next one if something changes.
DO $apply$ BEGIN EXECUTE public.item_template($function$
CREATE OR REPLACE FUNCTION save_items(the_workspace text, the_board text, the_agent text, the_revision bigint,
  writes item_write[]) RETURNS bigint LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  w       public.item_write;
  -- The settings of the caller. No SET of the function: to create one with a setting that no module defines takes a superuser.
  writer  text := coalesce(current_setting('items.writer', TRUE), '');
  plans   text := current_setting('plan_cache_mode');
  -- The columns that items enter and leave, once for each item.
  entered text[];
  vacated text[];
  deleted text[];
  -- True if any write creates an item, or changes or deletes one, if values of the index change or leave, and if any enter;
  -- otherwise null.
  creates boolean;
  others  boolean;
  loses   boolean;
  gains   boolean;
BEGIN
  PERFORM set_config('items.writer', 'on', TRUE);
  FOREACH w IN ARRAY writes LOOP
    CONTINUE WHEN w.changes IS NOT TRUE;
    IF (w.old).column_id IS DISTINCT FROM (w.new).column_id THEN
      IF w.op <> 'create' THEN vacated := vacated || (w.old).column_id; END IF;
      IF w.op <> 'delete' THEN entered := entered || (w.new).column_id; END IF;
    END IF;
    IF w.gone IS NOT NULL THEN loses := TRUE; END IF;
    IF w.come IS NOT NULL THEN gains := TRUE; END IF;
    IF w.op = 'create' THEN
      creates := TRUE;
      CONTINUE;
    END IF;
    others := TRUE;
    IF w.op = 'delete' THEN
      deleted := deleted || w.id;
    ELSIF w.gone IS NOT NULL OR w.come IS NOT NULL OR w.after ? 'title' THEN
      UPDATE public.item SET title = (w.new).title, "values" = coalesce((w.new)."values", "values"),
        ({{changeable}}) = ROW({{new.changeable}})
      WHERE workspace_id = the_workspace AND id = w.id;
    ELSE
      -- An update that does not set title or values does not compute the search text.
      UPDATE public.item SET ({{changeable}}) = ROW({{new.changeable}})
      WHERE workspace_id = the_workspace AND id = w.id;
    END IF;
  END LOOP;
  IF creates IS NULL AND others IS NULL THEN
    PERFORM set_config('items.writer', writer, TRUE);
    RETURN the_revision;
  END IF;
  IF deleted IS NOT NULL THEN
    DELETE FROM public.item WHERE workspace_id = the_workspace AND id = ANY (deleted);
  END IF;
  IF the_revision IS NULL THEN
    UPDATE public.board b SET revision = b.revision + 1 WHERE b.workspace_id = the_workspace AND b.id = the_board
    RETURNING b.revision INTO the_revision;
  END IF;
  IF entered IS NOT NULL OR vacated IS NOT NULL THEN
    UPDATE public.board_column SET items_count = items_count + coalesce(cardinality(array_positions(entered, id)), 0)
      - coalesce(cardinality(array_positions(vacated, id)), 0)
    WHERE workspace_id = the_workspace AND id = ANY (entered || vacated)
      AND cardinality(array_positions(entered, id)) IS DISTINCT FROM cardinality(array_positions(vacated, id));
  END IF;
  IF loses THEN PERFORM public.reindex_values(the_workspace, the_board, writes); END IF;
  PERFORM set_config('plan_cache_mode', 'auto', TRUE);
  IF creates THEN
    INSERT INTO public.item ({{columns}})
    SELECT {{new.columns}} FROM unnest(writes) w WHERE w.changes AND w.op = 'create';
    INSERT INTO public.board_change (workspace_id, board_id, revision, subject, subject_id, action, version, agent_id, at,
      before, after)
    SELECT the_workspace, the_board, the_revision, 'ITEM', w.id, 'CREATED', (w.new).version, (w.new).created_by_id,
      (w.new).created_at, '{}', {{logged}}
        || coalesce((SELECT jsonb_object_agg('values.' || key, value) FROM jsonb_each(w.come)), '{}')
    FROM unnest(writes) w WHERE w.changes AND w.op = 'create';
  END IF;
  IF others THEN
    INSERT INTO public.board_change (workspace_id, board_id, revision, subject, subject_id, action, version, agent_id, at,
      before, after)
    SELECT the_workspace, the_board, the_revision, 'ITEM', w.id,
      CASE w.op WHEN 'delete' THEN 'DELETED' WHEN 'shift' THEN 'SHIFTED'
        ELSE CASE WHEN (w.before || w.after) - '{column_id,position}'::text[] = '{}' THEN 'MOVED' ELSE 'UPDATED' END END,
      coalesce((w.new).version, (w.old).version), the_agent, clock_timestamp(), w.before, coalesce(w.after, '{}')
    FROM unnest(writes) w WHERE w.changes AND w.op <> 'create';
  END IF;
  IF gains THEN
    INSERT INTO public.item_value (workspace_id, board_id, key, reading, number, text, item_id)
    SELECT the_workspace, the_board, r.key, r.reading, r.number, r.text, w.id
    FROM unnest(writes) w CROSS JOIN LATERAL public.item_value_rows(w.come) r WHERE w.changes;
  END IF;
  PERFORM set_config('items.writer', writer, TRUE), set_config('plan_cache_mode', plans, TRUE);
  RETURN the_revision;
END $$;
$function$); END $apply$;
