-- Counts changes of contacts in their workspace, because responses about a board contain contacts.
CREATE OR REPLACE FUNCTION bump_contacts_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE public.workspace w SET contacts_revision = w.contacts_revision + 1
  WHERE w.id IN (SELECT workspace_id FROM old_contacts);
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER contacts_revision_update AFTER UPDATE ON contact
  REFERENCING OLD TABLE AS old_contacts FOR EACH STATEMENT EXECUTE FUNCTION bump_contacts_revision();
CREATE OR REPLACE TRIGGER contacts_revision_delete AFTER DELETE ON contact
  REFERENCING OLD TABLE AS old_contacts FOR EACH STATEMENT EXECUTE FUNCTION bump_contacts_revision();
