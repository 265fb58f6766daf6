-- Appends what is new in the logs of a workspace to its feed, one range for each log, and returns the feed. One
-- transaction at a time appends, so ranges become visible in the order of their numbers. A committed revision of a board
-- means that all its earlier changes are committed, so ranges have no gaps.
CREATE OR REPLACE FUNCTION sequence_changes(the_workspace text) RETURNS feed LANGUAGE plpgsql AS $$
DECLARE
  the_feed public.feed;
BEGIN
  SELECT f.* INTO the_feed FROM public.feed f WHERE f.workspace_id = the_workspace;
  IF FOUND AND NOT EXISTS (SELECT FROM public.grown_logs(the_workspace)) THEN RETURN the_feed; END IF;
  INSERT INTO public.feed (workspace_id) VALUES (the_workspace) ON CONFLICT DO NOTHING;
  PERFORM FROM public.feed f WHERE f.workspace_id = the_workspace FOR UPDATE;
  WITH grown AS MATERIALIZED (
    SELECT g.*, CASE WHEN g.is_deleted THEN g.revision
      WHEN g.log_id = '' THEN (SELECT min(l.revision) FROM public.contact_change l WHERE l.workspace_id = the_workspace)
      ELSE (SELECT min(l.revision) FROM public.board_change l
        WHERE l.workspace_id = the_workspace AND l.board_id = g.log_id) END AS oldest
    FROM public.grown_logs(the_workspace) g
  ), missing AS (
    INSERT INTO public.deleted_board (workspace_id, board_id, revision)
    SELECT the_workspace, g.log_id, g.revision FROM grown g WHERE g.is_missing
  ), pruned AS (
    -- Changes were pruned before they came into the feed: a number is left out, so that all earlier cursors expire.
    SELECT count(*) > 0 AS some FROM grown g WHERE NOT g.is_deleted AND g.oldest > g.sequenced + 1
  ), appended AS (
    INSERT INTO public.feed_range (workspace_id, number, log_id, first_revision, last_revision)
    SELECT the_workspace, f.number + p.some::integer + row_number() OVER (ORDER BY g.log_id), g.log_id,
      greatest(g.oldest, g.sequenced + 1), g.revision
    FROM public.feed f CROSS JOIN pruned p CROSS JOIN grown g
    WHERE f.workspace_id = the_workspace AND g.oldest IS NOT NULL
    RETURNING number
  ), noted AS (
    INSERT INTO public.feed_log AS f (workspace_id, log_id, revision)
    SELECT the_workspace, g.log_id, g.revision FROM grown g
    ON CONFLICT (workspace_id, log_id) DO UPDATE SET revision = excluded.revision
  )
  UPDATE public.feed f SET number = greatest(f.number, (SELECT max(a.number) FROM appended a)),
    first_number = CASE WHEN p.some THEN f.number + 2 ELSE f.first_number END
  FROM pruned p WHERE f.workspace_id = the_workspace RETURNING f.* INTO the_feed;
  RETURN the_feed;
END $$;
