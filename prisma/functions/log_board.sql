-- Logs how a board and its columns differ from the entries that bump_revision returned, or, where these are null, their
-- creation.
CREATE OR REPLACE FUNCTION log_board(the_workspace text, the_board text, the_agent text, entries_before jsonb)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  entries_after jsonb := public.board_entries(the_workspace, the_board);
  its_revision  bigint;
  change_time   timestamptz := clock_timestamp();
  changed       record;
  before        jsonb;
  after         jsonb;
BEGIN
  SELECT b.revision INTO its_revision FROM public.board b WHERE b.workspace_id = the_workspace AND b.id = the_board;
  FOR changed IN
    SELECT s.subject, e.id, coalesce(entries_before #> ARRAY[s.subject, e.id], '{}') AS old_row,
      coalesce(entries_after #> ARRAY[s.subject, e.id], '{}') AS new_row
    FROM unnest('{BOARD,COLUMN}'::text[]) AS s (subject)
    CROSS JOIN LATERAL jsonb_object_keys(coalesce(entries_before -> s.subject, '{}') || (entries_after -> s.subject)) AS e (id)
    ORDER BY s.subject, entries_after -> s.subject ? e.id, entries_after #> ARRAY[s.subject, e.id, 'position'], e.id
  LOOP
    CONTINUE WHEN changed.old_row = changed.new_row;
    before := public.jsonb_diff(changed.old_row, changed.new_row);
    after := public.jsonb_diff(changed.new_row, changed.old_row);
    INSERT INTO public.board_change (workspace_id, board_id, revision, subject, subject_id, action, agent_id, at, before,
      after)
    VALUES (the_workspace, the_board, its_revision, changed.subject, changed.id,
      CASE WHEN changed.old_row = '{}' THEN 'CREATED' WHEN changed.new_row = '{}' THEN 'DELETED'
        WHEN changed.subject = 'COLUMN' AND after - 'position' = '{}' THEN 'MOVED' ELSE 'UPDATED' END,
      the_agent, change_time, before, after);
  END LOOP;
END $$;
