-- The contact that has an e-mail address or a phone number, also as that of a contact that was merged into it: `match` is
-- {email: key} or {phone: key}. Null if there is none, or several. A number with an extension is not found: people of one
-- company share the rest of it.
CREATE OR REPLACE FUNCTION find_contact(the_workspace text, match jsonb, OUT contact_id text, OUT is_several boolean)
LANGUAGE plpgsql STABLE AS $$
DECLARE
  its_email text := match ->> 'email';
  its_phone text := match ->> 'phone';
  ids       text[];
BEGIN
  IF its_email IS NOT NULL THEN
    SELECT array_agg(c.id) INTO ids FROM public.contact c
    WHERE c.workspace_id = the_workspace AND public.email_key(c.email) = its_email;
    IF ids IS NULL THEN
      SELECT array_agg(DISTINCT m.contact_id) INTO ids FROM public.merged_contact m
      WHERE m.workspace_id = the_workspace AND public.email_key(m.email) = its_email;
    END IF;
  ELSE
    SELECT array_agg(c.id) INTO ids FROM public.contact c
    WHERE c.workspace_id = the_workspace AND right(public.phone_key(c.phone), 7) = right(its_phone, 7)
      AND public.phones_match(public.phone_key(c.phone), its_phone) AND c.phone COLLATE "C" !~ '[A-Za-z#,;]';
    IF ids IS NULL THEN
      SELECT array_agg(DISTINCT m.contact_id) INTO ids FROM public.merged_contact m
      WHERE m.workspace_id = the_workspace AND right(public.phone_key(m.phone), 7) = right(its_phone, 7)
        AND public.phones_match(public.phone_key(m.phone), its_phone) AND m.phone COLLATE "C" !~ '[A-Za-z#,;]';
    END IF;
  END IF;
  is_several := coalesce(cardinality(ids) > 1, FALSE);
  IF NOT is_several THEN contact_id := ids[1]; END IF;
END $$;
