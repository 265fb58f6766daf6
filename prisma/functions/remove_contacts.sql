-- Deletes contacts that are locked and have no items any more. With `remaining`, they are merged into that contact: it
-- takes a missing phone number or e-mail address from the first of them that has one, and their ids stand for it.
-- Returns the remaining contact.
CREATE OR REPLACE FUNCTION remove_contacts(the_workspace text, the_agent text, ids text[], remaining text) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  old_row public.contact;
  new_row public.contact;
  now_is  timestamptz(3) := clock_timestamp();
  changes jsonb;
BEGIN
  SELECT jsonb_agg(jsonb_build_object('id', c.id, 'before', to_jsonb(c),
    'action', CASE WHEN remaining IS NULL THEN 'DELETED' ELSE 'MERGED' END,
    'after', CASE WHEN remaining IS NOT NULL THEN jsonb_build_object('merged_into', remaining) END)
    ORDER BY array_position(ids, c.id)) INTO changes
  FROM public.contact c WHERE c.workspace_id = the_workspace AND c.id = ANY (ids);
  SELECT c.* INTO old_row FROM public.contact c WHERE c.workspace_id = the_workspace AND c.id = remaining;
  IF changes IS NULL THEN RETURN to_jsonb(old_row); END IF;
  IF remaining IS NOT NULL THEN
    UPDATE public.contact c SET updated_at = now_is,
      phone = coalesce(c.phone, jsonb_path_query_first(changes, '$[*].before.phone ? (@ != null)') #>> '{}'),
      email = coalesce(c.email, jsonb_path_query_first(changes, '$[*].before.email ? (@ != null)') #>> '{}')
    WHERE c.workspace_id = the_workspace AND c.id = remaining RETURNING * INTO new_row;
    changes := changes || jsonb_build_object('id', remaining, 'action', 'UPDATED',
      'before', to_jsonb(old_row), 'after', to_jsonb(new_row));
    UPDATE public.merged_contact m SET contact_id = remaining
    WHERE m.workspace_id = the_workspace AND m.contact_id = ANY (ids);
    INSERT INTO public.merged_contact (workspace_id, id, contact_id, phone, email, merged_at)
    SELECT c.workspace_id, c.id, remaining, c.phone, c.email, now_is
    FROM public.contact c WHERE c.workspace_id = the_workspace AND c.id = ANY (ids);
  END IF;
  DELETE FROM public.contact c WHERE c.workspace_id = the_workspace AND c.id = ANY (ids);
  -- The work before may have taken minutes: it is worth a longer wait for the lock of the workspace.
  PERFORM set_config('lock_timeout', '10s', TRUE);
  PERFORM public.log_contacts(the_workspace, the_agent, changes);
  RETURN to_jsonb(new_row);
END $$;
