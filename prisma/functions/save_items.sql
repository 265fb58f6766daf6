-- Saves writes of items of one board, whose lock the caller holds: items, counts of columns, change log and index of
-- values. Each statement is on one table, with the generic plan of its caller. Returns the revision of the board: the one
-- that the caller has begun, or else the next one if something changes.
DO $apply$ BEGIN EXECUTE public.item_template($function$
CREATE OR REPLACE FUNCTION save_items(the_workspace text, the_board text, the_agent text, the_revision bigint,
  writes item_write[]) RETURNS bigint LANGUAGE plpgsql SET items.writer = 'on' AS $$
#variable_conflict use_column
DECLARE
  w       public.item_write;
  -- How many items each column gets; fewer than 0 where it loses some.
  counts  jsonb := '{}';
  counted record;
  deleted text[] := '{}';
  -- Whether any write changes or creates an item, whether values of the index change or leave, and whether any enter.
  changes boolean := FALSE;
  creates boolean := FALSE;
  loses   boolean := FALSE;
  gains   boolean := FALSE;
BEGIN
  FOREACH w IN ARRAY writes LOOP
    CONTINUE WHEN w.changes IS NOT TRUE;
    changes := TRUE;
    IF (w.old).column_id IS DISTINCT FROM (w.new).column_id THEN
      IF w.op <> 'create' THEN
        counts := counts || jsonb_build_object((w.old).column_id, coalesce((counts ->> (w.old).column_id)::integer, 0) - 1);
      END IF;
      IF w.op <> 'delete' THEN
        counts := counts || jsonb_build_object((w.new).column_id, coalesce((counts ->> (w.new).column_id)::integer, 0) + 1);
      END IF;
    END IF;
    loses := loses OR w.gone IS NOT NULL;
    gains := gains OR w.come IS NOT NULL;
    IF w.op = 'create' THEN
      creates := TRUE;
    ELSIF w.op = 'delete' THEN
      deleted := deleted || w.id;
    ELSIF w.gone IS NOT NULL OR w.come IS NOT NULL OR w.after ? 'title' THEN
      UPDATE public.item SET title = (w.new).title, "values" = coalesce((w.new)."values", "values"),
        ({{changeable}}) = ROW({{new.changeable}})
      WHERE workspace_id = the_workspace AND id = w.id;
    ELSE
      -- An update that does not set title or values does not compute the search text.
      UPDATE public.item SET ({{changeable}}) = ROW({{new.changeable}})
      WHERE workspace_id = the_workspace AND id = w.id;
    END IF;
  END LOOP;
  IF NOT changes THEN RETURN the_revision; END IF;
  IF cardinality(deleted) > 0 THEN
    DELETE FROM public.item WHERE workspace_id = the_workspace AND id = ANY (deleted);
  END IF;
  IF the_revision IS NULL THEN
    UPDATE public.board b SET revision = b.revision + 1 WHERE b.workspace_id = the_workspace AND b.id = the_board
    RETURNING b.revision INTO the_revision;
  END IF;
  IF counts <> '{}' THEN
    FOR counted IN SELECT c.key AS id, c.value::integer AS change FROM jsonb_each_text(counts) c LOOP
      CONTINUE WHEN counted.change = 0;
      UPDATE public.board_column SET items_count = items_count + counted.change
      WHERE workspace_id = the_workspace AND id = counted.id;
    END LOOP;
  END IF;
  IF loses THEN PERFORM public.reindex_values(the_workspace, the_board, writes); END IF;
  PERFORM public.insert_rows(the_workspace, the_board, the_agent, the_revision, writes, creates, gains);
  RETURN the_revision;
END $$;
$function$); END $apply$;
