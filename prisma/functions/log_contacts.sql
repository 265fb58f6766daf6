-- Logs changes of contacts, [{id, action, before, after}], under the next revision of the workspace's log; before and
-- after are rows of contact, null where there is none. Locks the workspace's row until the transaction ends, so it is
-- called last: after all locks of boards and contacts, and after everything that takes long.
CREATE OR REPLACE FUNCTION log_contacts(the_workspace text, the_agent text, changes jsonb) RETURNS void
LANGUAGE plpgsql SET plan_cache_mode = auto AS $$
DECLARE
  is_creation boolean := NOT changes @? '$[*] ? (@.action != "CREATED")';
  its_revision bigint;
  change_time  timestamptz := clock_timestamp();
  c            record;
BEGIN
  IF changes = '[]' THEN RETURN; END IF;
  UPDATE public.workspace w SET contacts_revision = w.contacts_revision + 1,
    contacts_etag = CASE WHEN is_creation THEN w.contacts_etag ELSE w.contacts_revision + 1 END
  WHERE w.id = the_workspace RETURNING w.contacts_revision INTO its_revision;
  -- A row at a time: a distributed database commits an INSERT with SELECT in two phases.
  FOR c IN
    SELECT l.id, l.action, public.audit_row(coalesce(nullif(l.before, 'null'), '{}')) AS before,
      public.audit_row(coalesce(nullif(l.after, 'null'), '{}')) AS after
    FROM jsonb_to_recordset(changes) AS l (id text, action text, before jsonb, after jsonb)
  LOOP
    INSERT INTO public.contact_change (workspace_id, revision, contact_id, action, agent_id, at, before, after)
    VALUES (the_workspace, its_revision, c.id, c.action, the_agent, change_time,
      public.jsonb_diff(c.before, c.after), public.jsonb_diff(c.after, c.before));
  END LOOP;
END $$;
