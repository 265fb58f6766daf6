-- Decides what an operation does to the item `old`: why it is refused, or the row that the item becomes and its changes
-- for the log and the index of values. Creates the contact that it brings, if it is not refused; the id of a merged contact
-- stands for the one that remains. `ends` has the last position of columns that got items before in this batch: an item
-- that enters a column goes to its end.
DO $apply$ BEGIN EXECUTE public.item_template($function$
CREATE OR REPLACE FUNCTION decide_write(the_workspace text, the_board text, the_agent text, op item_operation,
  old item, target item_target, ends jsonb) RETURNS item_write LANGUAGE plpgsql AS $$
DECLARE
  now_is       timestamptz(3) := clock_timestamp();
  its_column   record;
  column_fault text;
  contact      text := op.fields ->> 'contact_id';
  survivor     text;
  bottom       integer;
  its_values   jsonb := old."values";
  new          public.item;
  w            public.item_write;
BEGIN
  IF op."columnId" IS NOT NULL OR op."columnName" IS NOT NULL THEN
    its_column := public.resolve_column(the_workspace, the_board, op."columnId", op."columnName");
    op.to_column := its_column.column_id;
    column_fault := its_column.fault;
  END IF;
  op.fault := CASE
    WHEN op.fault IS NOT NULL THEN op.fault
    WHEN op.op <> 'create' AND old.id IS NULL THEN 'ITEM_NOT_FOUND'
    WHEN op.op = 'create' AND op.fields ->> 'title' IS NULL THEN 'NO_TITLE'
    WHEN op."expectedVersion" <> old.version THEN 'VERSION_CONFLICT'
    WHEN column_fault IS NOT NULL THEN column_fault
    WHEN target.anchor = op.id THEN 'PLACED_BY_ITSELF'
    WHEN target.home <> op.to_column THEN 'PLACED_ELSEWHERE' END;
  IF contact IS NOT NULL AND op.fault IS NULL AND op.has_contact IS NOT TRUE THEN
    PERFORM FROM public.contact k WHERE k.workspace_id = the_workspace AND k.id = contact;
    IF NOT FOUND THEN
      survivor := public.survivor_of(the_workspace, contact);
      op.fields := op.fields || jsonb_build_object('contact_id', survivor);
      IF survivor = contact THEN op.fault := 'CONTACT_NOT_FOUND'; END IF;
    END IF;
  END IF;
  op.to_column := coalesce(op.to_column, target.home, old.column_id);
  IF op.to_column IS NULL AND op.op = 'create' THEN
    op.to_column := public.first_column(the_workspace, the_board);
    IF op.to_column IS NULL THEN op.fault := coalesce(op.fault, 'NO_COLUMN'); END IF;
  END IF;
  IF op.op = 'create' OR op.set IS NOT NULL THEN
    its_values := (coalesce(its_values, '{}') || coalesce(op.set, '{}')) - coalesce(op.removed, '{}');
    -- The text has spaces that do not count.
    IF octet_length(its_values::text) > 65536 AND op.fault IS NULL THEN
      IF public.json_bytes(its_values) > 65536 THEN op.fault := 'TOO_BIG'; END IF;
    END IF;
  END IF;
  IF op.fault IS NOT NULL THEN
    op.value := CASE column_fault WHEN 'columnName' THEN op."columnName" WHEN 'columnId' THEN op."columnId"
      ELSE contact END;
  ELSIF op.contact IS NOT NULL THEN
    op := public.link_contact(the_workspace, op);
  END IF;

  w := ROW(op.n, op.op, coalesce(op.id, op."newId"), op.fault, op.value, op."expectedVersion",
    CASE WHEN op.fault IS NULL THEN TRUE END, old, NULL, NULL, NULL, NULL, NULL)::public.item_write;
  IF op.fault IS NOT NULL THEN RETURN w; END IF;
  IF op.op = 'delete' THEN
    w.before := public.audit_row(to_jsonb(old));
    w.gone := old."values";
    RETURN w;
  END IF;

  IF target.places IS NOT NULL THEN
    op.to_position := target.places[op.n + 1];
  ELSIF op.op = 'create' OR op.to_column <> old.column_id THEN
    bottom := ends -> op.to_column;
    IF bottom IS NULL THEN
      SELECT i.position INTO bottom FROM public.item i
      WHERE i.workspace_id = the_workspace AND i.board_id = the_board AND i.column_id = op.to_column
      ORDER BY i.position DESC LIMIT 1;
    END IF;
    op.to_position := public.slot_position(public.slot_after(bottom));
  END IF;
  new := jsonb_populate_record(old, op.fields);
  w.new := ROW({{row}})::public.item;
  IF op.op = 'create' THEN
    w.come := its_values;
    RETURN w;
  END IF;
  RETURN public.diff_item(w, op.set, op.removed);
END $$;
$function$); END $apply$;
