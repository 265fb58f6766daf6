-- Appends what is new in the logs of a workspace to its feed, one range for each log, and returns the feed. One
-- transaction at a time appends, so ranges become visible in the order of their numbers. A committed revision of a board
-- means that all its earlier changes are committed, so ranges have no gaps.
-- Each statement is on one table, so that it is one of a distributed database's local ones.
CREATE OR REPLACE FUNCTION sequence_changes(the_workspace text) RETURNS feed LANGUAGE plpgsql AS $$
DECLARE
  the_feed  public.feed;
  log       record;
  oldest    bigint;
  new_range public.feed_range;
  ranges    public.feed_range[] := '{}';
  is_pruned boolean := FALSE;
BEGIN
  SELECT f.* INTO the_feed FROM public.feed f WHERE f.workspace_id = the_workspace;
  IF FOUND AND NOT EXISTS (SELECT FROM public.grown_logs(the_workspace)) THEN RETURN the_feed; END IF;
  INSERT INTO public.feed (workspace_id) VALUES (the_workspace) ON CONFLICT DO NOTHING;
  SELECT f.* INTO the_feed FROM public.feed f WHERE f.workspace_id = the_workspace FOR UPDATE;
  FOR log IN SELECT g.* FROM public.grown_logs(the_workspace) g ORDER BY g.log_id LOOP
    IF log.is_deleted THEN
      oldest := log.revision;
    ELSIF log.log_id = '' THEN
      SELECT min(l.revision) INTO oldest FROM public.contact_change l WHERE l.workspace_id = the_workspace;
    ELSE
      SELECT min(l.revision) INTO oldest FROM public.board_change l
      WHERE l.workspace_id = the_workspace AND l.board_id = log.log_id;
    END IF;
    IF log.is_missing THEN
      INSERT INTO public.deleted_board (workspace_id, board_id, revision) VALUES (the_workspace, log.log_id, log.revision);
    END IF;
    INSERT INTO public.feed_log (workspace_id, log_id, revision) VALUES (the_workspace, log.log_id, log.revision)
    ON CONFLICT (workspace_id, log_id) DO UPDATE SET revision = excluded.revision;
    CONTINUE WHEN oldest IS NULL;
    -- Of a new log, nothing is in the feed yet.
    is_pruned := is_pruned OR NOT log.is_deleted AND coalesce(oldest > log.sequenced + 1, FALSE);
    new_range.log_id := log.log_id;
    new_range.first_revision := greatest(oldest, log.sequenced + 1);
    new_range.last_revision := log.revision;
    ranges := ranges || new_range;
  END LOOP;
  IF is_pruned THEN
    -- Changes were pruned before they came into the feed: a number is left out, so that all earlier cursors expire.
    the_feed.number := the_feed.number + 1;
    the_feed.first_number := the_feed.number + 1;
  END IF;
  FOREACH new_range IN ARRAY ranges LOOP
    the_feed.number := the_feed.number + 1;
    INSERT INTO public.feed_range (workspace_id, number, log_id, first_revision, last_revision)
    VALUES (the_workspace, the_feed.number, new_range.log_id, new_range.first_revision, new_range.last_revision);
  END LOOP;
  UPDATE public.feed f SET number = the_feed.number, first_number = the_feed.first_number
  WHERE f.workspace_id = the_workspace;
  RETURN the_feed;
END $$;
