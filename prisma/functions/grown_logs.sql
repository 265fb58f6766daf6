-- The logs of a workspace that are not in its feed up to their latest revision. `sequenced` is the revision up to which
-- they are, null for none. A board whose row is missing was deleted; where deleted_board has no row either, by a server
-- that did not know this table: `is_missing`.
CREATE OR REPLACE FUNCTION grown_logs(the_workspace text)
RETURNS TABLE (log_id text, revision bigint, sequenced bigint, is_deleted boolean, is_missing boolean)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT coalesce(l.log_id, f.log_id), coalesce(l.revision, f.revision + 1), f.revision,
    coalesce(l.is_deleted, TRUE), l.log_id IS NULL
  FROM (
    SELECT b.id AS log_id, b.revision, FALSE AS is_deleted FROM public.board b WHERE b.workspace_id = the_workspace
    UNION ALL
    SELECT d.board_id, d.revision, TRUE FROM public.deleted_board d WHERE d.workspace_id = the_workspace
    UNION ALL
    SELECT '', w.contacts_revision, FALSE FROM public.workspace w WHERE w.id = the_workspace
  ) l
  FULL JOIN (SELECT * FROM public.feed_log WHERE workspace_id = the_workspace) f ON f.log_id = l.log_id
  WHERE l.log_id IS NULL OR f.revision IS NULL OR l.revision > f.revision;
END $$;
