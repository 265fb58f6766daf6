-- Adds to an operation on the item `old` why it is refused, its column and position, and the contact that the id of a
-- merged one stands for. `ends` has the last position of columns that got items before in this batch: an item that enters
-- a column goes to its end.
CREATE OR REPLACE FUNCTION resolve_operation(the_workspace text, the_board text, op item_operation, old item,
  target item_target, ends jsonb) RETURNS item_operation LANGUAGE plpgsql STABLE AS $$
DECLARE
  column_fault text;
  contact      text := op.fields ->> 'contact_id';
  survivor     text;
  bottom       integer;
BEGIN
  IF op."columnId" IS NOT NULL OR op."columnName" IS NOT NULL THEN
    SELECT * INTO op.to_column, column_fault
    FROM public.resolve_column(the_workspace, the_board, op."columnId", op."columnName");
  END IF;
  op.fault := CASE
    WHEN op.fault IS NOT NULL THEN op.fault
    WHEN op.op <> 'create' AND old.id IS NULL THEN 'ITEM_NOT_FOUND'
    WHEN op.op = 'create' AND op.fields ->> 'title' IS NULL THEN 'NO_TITLE'
    WHEN op."expectedVersion" <> old.version THEN 'VERSION_CONFLICT'
    WHEN column_fault IS NOT NULL THEN column_fault
    WHEN target.anchor = op.id THEN 'PLACED_BY_ITSELF'
    WHEN target.home <> op.to_column THEN 'PLACED_ELSEWHERE' END;
  op.value := CASE column_fault WHEN 'columnName' THEN op."columnName" WHEN 'columnId' THEN op."columnId"
    ELSE contact END;
  IF contact IS NOT NULL AND op.fault IS NULL THEN
    PERFORM FROM public.contact k WHERE k.workspace_id = the_workspace AND k.id = contact;
    IF NOT FOUND THEN
      survivor := public.survivor_of(the_workspace, contact);
      op.fields := op.fields || jsonb_build_object('contact_id', survivor);
      IF survivor = contact THEN op.fault := 'CONTACT_NOT_FOUND'; END IF;
    END IF;
  END IF;

  op.to_column := coalesce(op.to_column, target.home, old.column_id);
  IF op.op = 'create' AND op.to_column IS NULL THEN
    op.to_column := public.first_column(the_workspace, the_board);
  END IF;
  IF target.places IS NOT NULL THEN
    op.to_position := target.places[op.n + 1];
  ELSIF op.op = 'create' OR op.to_column <> old.column_id THEN
    bottom := ends -> op.to_column;
    IF bottom IS NULL THEN
      SELECT max(i.position) INTO bottom FROM public.item i
      WHERE i.workspace_id = the_workspace AND i.board_id = the_board AND i.column_id = op.to_column;
    END IF;
    op.to_position := public.slot_position(public.slot_after(bottom));
  END IF;
  IF op.to_column IS NULL AND op.fault IS NULL THEN op.fault := 'NO_COLUMN'; END IF;
  RETURN op;
END $$;
