-- Decides what an operation does to the item `old`: the row that it becomes, and its changes for the log and the index
-- of values. Creates the contact that it brings, if it is not refused.
DO $apply$ BEGIN EXECUTE public.item_template($function$
CREATE OR REPLACE FUNCTION decide_write(the_workspace text, the_board text, the_agent text, op item_operation,
  old item) RETURNS item_write LANGUAGE plpgsql AS $$
DECLARE
  now_is     timestamptz(3) := clock_timestamp();
  its_values jsonb := old."values";
  new        public.item;
  w          public.item_write;
BEGIN
  IF op.op = 'create' OR op.set IS NOT NULL THEN
    its_values := (coalesce(its_values, '{}') || coalesce(op.set, '{}')) - coalesce(op.removed, '{}');
    IF op.fault IS NULL AND public.json_bytes(its_values) > 65536 THEN op.fault := 'TOO_BIG'; END IF;
  END IF;
  IF op.contact IS NOT NULL AND op.fault IS NULL THEN op := public.link_contact(the_workspace, op); END IF;
  w.n := op.n;
  w.op := op.op;
  w.id := coalesce(op.id, op."newId");
  w.fault := op.fault;
  w.value := op.value;
  w.expected := op."expectedVersion";
  IF op.fault IS NOT NULL THEN RETURN w; END IF;
  w.old := old;
  w.changes := TRUE;
  IF op.op = 'delete' THEN
    w.before := public.audit_row(to_jsonb(old));
    w.gone := old."values";
    RETURN w;
  END IF;
  new := jsonb_populate_record(old, op.fields);
  w.new := ROW({{row}})::public.item;
  IF op.op = 'create' THEN
    w.after := public.audit_row(to_jsonb(w.new));
    w.come := its_values;
  ELSE
    SELECT * INTO w.before, w.after, w.gone, w.come
    FROM public.diff_item(old, w.new, ARRAY(SELECT jsonb_object_keys(op.set)) || op.removed);
    IF w.before = '{}' AND w.after = '{}' THEN
      w.changes := FALSE;
      w.new := old;
    END IF;
  END IF;
  RETURN w;
END $$;
$function$); END $apply$;
