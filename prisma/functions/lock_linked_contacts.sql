-- Locks the existing contacts that operations link items to, in the order of their ids, as all writers do before they
-- lock the workspace to create a contact.
CREATE OR REPLACE FUNCTION lock_linked_contacts(the_workspace text, operations jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  op  jsonb;
  ids text[] := '{}';
BEGIN
  FOR op IN SELECT o FROM jsonb_array_elements(operations) o LOOP
    ids := ids || CASE WHEN op ? 'contact' THEN (public.find_contact(the_workspace, op #> '{contact,match}')).contact_id
      ELSE public.survivor_of(the_workspace, op #>> '{fields,contact_id}') END;
  END LOOP;
  PERFORM FROM public.contact c WHERE c.workspace_id = the_workspace AND c.id = ANY (ids) ORDER BY c.id FOR KEY SHARE;
END $$;
