-- The fields of an item that changed after a version, as the change log names them; NULL where the log does not reach back
-- to that version.
CREATE OR REPLACE FUNCTION changed_since(the_workspace text, the_board text, the_item text, the_version integer)
RETURNS text[] LANGUAGE plpgsql STABLE SET plan_cache_mode = auto AS $$
DECLARE
  keys   text[];
  oldest integer;
  is_new boolean;
BEGIN
  SELECT array_agg(DISTINCT key ORDER BY key) FILTER (WHERE l.action <> 'CREATED'), min(l.version), bool_or(l.action = 'CREATED')
    INTO keys, oldest, is_new
  FROM public.board_change l, jsonb_object_keys(l.before || l.after) key
  WHERE l.workspace_id = the_workspace AND l.board_id = the_board AND l.subject = 'ITEM'
      AND l.subject_id = the_item AND l.version > the_version;
  IF is_new OR oldest = the_version + 1 THEN
    RETURN coalesce(keys, '{}');
  END IF;
  -- Without entries, nothing changed only if the item never had a later version.
  RETURN (SELECT CASE WHEN i.version <= the_version THEN '{}'::text[] END FROM public.item i
          WHERE i.workspace_id = the_workspace AND i.board_id = the_board AND i.id = the_item);
END $$;
