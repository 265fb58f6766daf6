-- The fields of an item that changed after a version, as the change log names them.
CREATE OR REPLACE FUNCTION changed_since(the_workspace text, the_board text, the_item text, the_version integer)
RETURNS text[] LANGUAGE plpgsql STABLE SET plan_cache_mode = auto AS $$
DECLARE
  keys text[];
BEGIN
  SELECT array_agg(DISTINCT key ORDER BY key) INTO keys
  FROM public.board_change l, jsonb_object_keys(l.before || l.after) key
  WHERE l.workspace_id = the_workspace AND l.board_id = the_board AND l.subject = 'ITEM'
      AND l.subject_id = the_item AND l.version > the_version AND l.action <> 'CREATED';
  RETURN coalesce(keys, '{}');
END $$;
