-- Logs the contacts that link_contact created for operations: those with a `newId` of theirs.
CREATE OR REPLACE FUNCTION log_new_contacts(the_workspace text, the_agent text, operations jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  ids     text[] := ARRAY(SELECT o #>> '{contact,newId}' FROM jsonb_array_elements(operations) o);
  changes jsonb;
BEGIN
  SELECT coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'action', 'CREATED', 'after', to_jsonb(c)) ORDER BY c.id), '[]')
  INTO changes FROM public.contact c WHERE c.workspace_id = the_workspace AND c.id = ANY (ids);
  PERFORM public.log_contacts(the_workspace, the_agent, changes);
END $$;
