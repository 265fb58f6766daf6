-- Adds to an operation the id of the contact that it brings, `op.contact`: {match, newId, fields}. Creates the contact if
-- none is found (see find_contact) once the workspace is locked, so that no two writers create the same one. The caller
-- logs it with log_new_contacts.
CREATE OR REPLACE FUNCTION link_contact(the_workspace text, op item_operation) RETURNS item_operation
LANGUAGE plpgsql AS $$
DECLARE
  its_id     text;
  is_several boolean;
BEGIN
  FOR attempt IN 1 .. 2 LOOP
    SELECT f.contact_id, f.is_several INTO its_id, is_several
    FROM public.find_contact(the_workspace, op.contact -> 'match') f;
    EXIT WHEN its_id IS NOT NULL OR is_several OR attempt = 2;
    PERFORM FROM public.workspace w WHERE w.id = the_workspace FOR NO KEY UPDATE;
  END LOOP;
  IF is_several THEN
    op.fault := 'CONTACT_MATCHES_SEVERAL';
    RETURN op;
  END IF;
  IF its_id IS NULL THEN
    its_id := public.write_contact(the_workspace, op.contact - 'match') #>> '{contact,id}';
    IF its_id IS NULL THEN op.fault := 'NO_CONTACT_NAME'; END IF;
  END IF;
  op.fields := op.fields || jsonb_build_object('contact_id', its_id);
  RETURN op;
END $$;
