-- Creates and updates contacts in the order of `operations`: [{id, newId, fields: {name, phone, email}}]: an operation
-- with `id` updates that contact, or the one that it was merged into; one without creates a contact. Returns
--   [{action: "CREATED" | "UPDATED" | "UNCHANGED" | "FAILED", contact, fault}]
-- and leaves it to the caller to roll back if a fault must undo the others.
-- Locks contacts in the order of their ids, then the workspace, as all writers do.
CREATE OR REPLACE FUNCTION write_contacts(the_workspace text, the_agent text, operations jsonb) RETURNS jsonb
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  ids       text[];
  op        jsonb;
  old_row   public.contact;
  new_row   public.contact;
  its_fault text;
  its_id    text;
  change_time timestamptz;
  results   jsonb[] := '{}';
  changes   jsonb[] := '{}';
BEGIN
  PERFORM public.limit_lock_waits();
  ids := ARRAY(SELECT public.survivor_of(the_workspace, o ->> 'id') FROM jsonb_array_elements(operations) o
    WHERE o ? 'id');
  PERFORM 1 FROM public.contact c WHERE c.workspace_id = the_workspace AND c.id = ANY (ids)
  ORDER BY c.id FOR NO KEY UPDATE;
  PERFORM 1 FROM public.workspace w WHERE w.id = the_workspace FOR NO KEY UPDATE;
  FOR op IN SELECT o FROM jsonb_array_elements(operations) o LOOP
    change_time := clock_timestamp();
    old_row := NULL;
    its_fault := NULL;
    IF op ? 'id' THEN
      its_id := public.survivor_of(the_workspace, op ->> 'id');
      SELECT c.* INTO old_row FROM public.contact c WHERE c.workspace_id = the_workspace AND c.id = its_id;
      IF NOT FOUND THEN its_fault := 'CONTACT_NOT_FOUND'; END IF;
    END IF;
    IF its_fault IS NULL AND old_row.id IS NULL THEN
      INSERT INTO public.contact (workspace_id, id, name, phone, email, created_at, updated_at)
      VALUES (the_workspace, op ->> 'newId', op #>> '{fields,name}', op #>> '{fields,phone}', op #>> '{fields,email}',
        change_time, change_time)
      RETURNING * INTO new_row;
    ELSIF its_fault IS NULL THEN
      new_row := jsonb_populate_record(old_row, op -> 'fields');
      IF new_row IS DISTINCT FROM old_row THEN
        UPDATE public.contact c SET name = new_row.name, phone = new_row.phone, email = new_row.email,
          updated_at = change_time
        WHERE c.workspace_id = the_workspace AND c.id = new_row.id RETURNING * INTO new_row;
      END IF;
    END IF;
    results := results || CASE
      WHEN its_fault IS NOT NULL THEN jsonb_build_object('action', 'FAILED', 'fault', its_fault)
      ELSE jsonb_build_object('contact', to_jsonb(new_row), 'action', CASE WHEN old_row.id IS NULL THEN 'CREATED'
        WHEN new_row IS DISTINCT FROM old_row THEN 'UPDATED' ELSE 'UNCHANGED' END) END;
    IF its_fault IS NULL AND new_row IS DISTINCT FROM old_row THEN
      changes := changes || jsonb_build_object('id', new_row.id, 'before', to_jsonb(old_row),
        'after', to_jsonb(new_row), 'action', CASE WHEN old_row.id IS NULL THEN 'CREATED' ELSE 'UPDATED' END);
    END IF;
  END LOOP;
  PERFORM public.log_contacts(the_workspace, the_agent, to_jsonb(changes));
  RETURN to_jsonb(results);
END $$;
