-- The contact that an id stands for: the one that it was merged into, or the id itself.
CREATE OR REPLACE FUNCTION survivor_of(the_workspace text, the_contact text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
  RETURN coalesce((SELECT m.contact_id FROM public.merged_contact m
    WHERE m.workspace_id = the_workspace AND m.id = the_contact), the_contact);
END $$;
