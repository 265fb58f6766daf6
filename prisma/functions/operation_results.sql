-- The results of operations: [{n, op, id, changes, fault, value, item, contact, createdBy, changed}]. With `brief`, an
-- item is its id and version; the results of a batch have no contact and createdBy. Where an operation refuses all,
-- `is_refused`, `changes` is null and only faults have more. A version conflict has the item as it is, and the fields
-- that changed since the expected version.
CREATE OR REPLACE FUNCTION operation_results(the_workspace text, writes item_write[], brief boolean, is_batch boolean,
  is_refused boolean) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
  w       public.item_write;
  shown   jsonb;
  contact_row jsonb;
  agent_row   jsonb;
  result  jsonb;
  results jsonb[] := '{}';
BEGIN
  FOREACH w IN ARRAY writes LOOP
    CONTINUE WHEN w.op = 'shift';
    result := jsonb_build_object('n', w.n, 'op', w.op, 'id', w.id,
      'changes', CASE WHEN NOT is_refused THEN w.changes END);
    shown := NULL;
    IF w.fault IS NOT NULL THEN
      result := result || jsonb_build_object('fault', w.fault, 'value', w.value);
      IF w.fault = 'VERSION_CONFLICT' THEN
        SELECT to_jsonb(i) - 'search' INTO shown FROM public.item i WHERE i.workspace_id = the_workspace AND i.id = w.id;
        result := result || jsonb_build_object('item', shown,
          'changed', public.changed_since(the_workspace, shown ->> 'board_id', w.id, w.expected));
      END IF;
    ELSIF is_refused THEN NULL;
    ELSIF brief THEN
      result := result || jsonb_build_object('item',
        jsonb_build_object('id', w.id, 'version', coalesce((w.new).version, (w.old).version)));
    ELSE
      shown := to_jsonb(CASE WHEN w.op = 'delete' THEN w.old ELSE w.new END) - 'search';
      result := result || jsonb_build_object('item', shown);
    END IF;
    IF shown IS NOT NULL AND (w.fault IS NOT NULL OR NOT is_batch) THEN
      SELECT to_jsonb(k) INTO contact_row FROM public.contact k
      WHERE k.workspace_id = the_workspace AND k.id = shown ->> 'contact_id';
      SELECT to_jsonb(a) INTO agent_row FROM public.agent a
      WHERE a.workspace_id = the_workspace AND a.id = shown ->> 'created_by_id';
      result := result || jsonb_build_object('contact', contact_row, 'createdBy', agent_row);
    END IF;
    results := results || result;
  END LOOP;
  RETURN to_jsonb(results);
END $$;
