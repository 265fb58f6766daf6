-- Creates and updates contacts in the order of `operations`: [{id, match, newId, fields: {name, phone, email}}]. With
-- `id` an operation updates that contact, or the one that it was merged into; with `match` (see find_contact) the one
-- that is found, or it creates one; without both it creates one. Returns
--   [{action: "CREATED" | "UPDATED" | "UNCHANGED" | "FAILED", contact, fault}]
-- and leaves it to the caller to roll back if a fault must undo the others.
-- Locks contacts in the order of their ids, then the workspace, as all writers do: so no two create the same contact.
CREATE OR REPLACE FUNCTION write_contacts(the_workspace text, the_agent text, operations jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  op      jsonb;
  target  text;
  ids     text[] := '{}';
  result  jsonb;
  results jsonb[] := '{}';
  changes jsonb[] := '{}';
BEGIN
  PERFORM public.limit_lock_waits();
  FOR op IN SELECT o FROM jsonb_array_elements(operations) o LOOP
    target := NULL;
    IF op ? 'match' THEN
      SELECT f.contact_id INTO target FROM public.find_contact(the_workspace, op -> 'match') f;
    ELSIF op ? 'id' THEN
      target := public.survivor_of(the_workspace, op ->> 'id');
    END IF;
    ids := ids || target;
  END LOOP;
  PERFORM FROM public.contact c WHERE c.workspace_id = the_workspace AND c.id = ANY (ids)
  ORDER BY c.id FOR NO KEY UPDATE;
  PERFORM FROM public.workspace w WHERE w.id = the_workspace FOR NO KEY UPDATE;
  FOR op IN SELECT o FROM jsonb_array_elements(operations) o LOOP
    result := public.write_contact(the_workspace, op);
    IF result ->> 'action' IN ('CREATED', 'UPDATED') THEN
      changes := changes || jsonb_build_object('id', result #> '{contact,id}', 'action', result -> 'action',
        'before', result -> 'before', 'after', result -> 'contact');
    END IF;
    results := results || (result - 'before');
  END LOOP;
  PERFORM public.log_contacts(the_workspace, the_agent, to_jsonb(changes));
  RETURN to_jsonb(results);
END $$;
