-- The writes that make room at a place: items that only change their position keep version and time.
DO $apply$ BEGIN EXECUTE public.item_template($function$
CREATE OR REPLACE FUNCTION shift_items(the_workspace text, the_board text, target item_target) RETURNS item_write[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
  with_values CONSTANT boolean := FALSE;
  old    public.item;
  w      public.item_write;
  writes public.item_write[] := '{}';
BEGIN
  FOR k IN 1 .. cardinality(target.pushed) LOOP
    SELECT {{read}} INTO old FROM public.item i
    WHERE i.workspace_id = the_workspace AND i.board_id || '' = the_board AND i.id = target.pushed[k];
    w.op := 'shift';
    w.id := old.id;
    w.changes := TRUE;
    w.old := old;
    w.before := jsonb_build_object('position', old.position);
    old.position := target.pushed_to[k];
    w.new := old;
    w.after := jsonb_build_object('position', old.position);
    writes := writes || w;
  END LOOP;
  RETURN writes;
END $$;
$function$); END $apply$;
