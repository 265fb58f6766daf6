-- Runs one operation of write_contacts. Returns {action, contact, before}, or {action: "FAILED", fault}.
CREATE OR REPLACE FUNCTION write_contact(the_workspace text, op jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  now_is     timestamptz(3) := clock_timestamp();
  fields     jsonb := op -> 'fields';
  target     text;
  is_several boolean := FALSE;
  old_row    public.contact;
  new_row    public.contact;
BEGIN
  IF op ? 'match' THEN
    SELECT f.contact_id, f.is_several INTO target, is_several FROM public.find_contact(the_workspace, op -> 'match') f;
    IF is_several THEN RETURN jsonb_build_object('action', 'FAILED', 'fault', 'MATCHES_SEVERAL'); END IF;
    -- The value that is matched on keeps the form that it has.
    IF target IS NOT NULL THEN fields := fields - ARRAY(SELECT jsonb_object_keys(op -> 'match')); END IF;
  ELSIF op ? 'id' THEN
    target := public.survivor_of(the_workspace, op ->> 'id');
  END IF;
  IF target IS NULL THEN
    IF fields ->> 'name' IS NULL THEN RETURN jsonb_build_object('action', 'FAILED', 'fault', 'NO_NAME'); END IF;
    new_row := jsonb_populate_record(old_row, fields);
    INSERT INTO public.contact (workspace_id, id, name, phone, email, created_at, updated_at)
    VALUES (the_workspace, op ->> 'newId', new_row.name, new_row.phone, new_row.email, now_is, now_is)
    RETURNING * INTO new_row;
    RETURN jsonb_build_object('action', 'CREATED', 'contact', to_jsonb(new_row));
  END IF;
  SELECT c.* INTO old_row FROM public.contact c WHERE c.workspace_id = the_workspace AND c.id = target;
  IF NOT FOUND THEN RETURN jsonb_build_object('action', 'FAILED', 'fault', 'CONTACT_NOT_FOUND'); END IF;
  new_row := jsonb_populate_record(old_row, fields);
  IF new_row IS NOT DISTINCT FROM old_row THEN
    RETURN jsonb_build_object('action', 'UNCHANGED', 'contact', to_jsonb(old_row));
  END IF;
  UPDATE public.contact c SET name = new_row.name, phone = new_row.phone, email = new_row.email, updated_at = now_is
  WHERE c.workspace_id = the_workspace AND c.id = target RETURNING * INTO new_row;
  RETURN jsonb_build_object('action', 'UPDATED', 'contact', to_jsonb(new_row), 'before', to_jsonb(old_row));
END $$;
