-- Inserts what writes of items add: the new items, the change log and the index of values. Apart from save_items, because
-- a distributed database refuses generic plans of INSERT with SELECT. These statements read no table, so their plans do
-- not depend on statistics either.
DO $apply$ BEGIN EXECUTE public.item_template($function$
CREATE OR REPLACE FUNCTION insert_rows(the_workspace text, the_board text, the_agent text, the_revision bigint,
  writes item_write[], creates boolean, gains boolean) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = auto AS $$
BEGIN
  IF creates THEN
    INSERT INTO public.item ({{columns}})
    SELECT {{new.columns}} FROM unnest(writes) w WHERE w.changes AND w.op = 'create';
  END IF;
  INSERT INTO public.board_change (workspace_id, board_id, revision, subject, subject_id, action, version, agent_id, at,
    before, after)
  SELECT the_workspace, the_board, the_revision, 'ITEM', w.id,
    CASE w.op WHEN 'create' THEN 'CREATED' WHEN 'delete' THEN 'DELETED' WHEN 'shift' THEN 'SHIFTED'
      ELSE CASE WHEN (w.before || w.after) - '{column_id,position}'::text[] = '{}' THEN 'MOVED' ELSE 'UPDATED' END END,
    coalesce((w.new).version, (w.old).version),
    CASE w.op WHEN 'create' THEN (w.new).created_by_id ELSE the_agent END,
    CASE w.op WHEN 'create' THEN (w.new).created_at ELSE clock_timestamp() END,
    coalesce(w.before, '{}'), coalesce(w.after, '{}')
  FROM unnest(writes) w WHERE w.changes;
  IF gains THEN
    INSERT INTO public.item_value (workspace_id, board_id, key, reading, number, text, item_id)
    SELECT the_workspace, the_board, r.key, r.reading, r.number, r.text, w.id
    FROM unnest(writes) w CROSS JOIN LATERAL public.item_value_rows(w.come) r WHERE w.changes;
  END IF;
END $$;
$function$); END $apply$;
