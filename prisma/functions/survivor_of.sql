-- The contact that an id stands for: the one that it was merged into, or the id itself.
CREATE OR REPLACE FUNCTION survivor_of(the_workspace text, the_contact text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
  survivor text;
BEGIN
  SELECT m.contact_id INTO survivor FROM public.merged_contact m
  WHERE m.workspace_id = the_workspace AND m.id = the_contact;
  RETURN coalesce(survivor, the_contact);
END $$;
