-- Finds where the operations place their items, see item_target.
CREATE OR REPLACE FUNCTION resolve_place(the_workspace text, the_board text, operations jsonb, place jsonb)
RETURNS item_target LANGUAGE plpgsql STABLE AS $$
DECLARE
  target          public.item_target;
  anchor_position integer;
  its_column      record;
  moving          text[];
  found_place     record;
BEGIN
  IF place ?| '{before,after}' THEN
    target.anchor := coalesce(place ->> 'before', place ->> 'after');
    SELECT i.column_id, i.position INTO target.home, anchor_position FROM public.item i
    -- The text `board_id || ''` has no index: by the primary key, whatever the statistics say.
    WHERE i.workspace_id = the_workspace AND i.board_id || '' = the_board AND i.id = target.anchor;
    IF NOT FOUND THEN
      target.missing := CASE WHEN place ? 'before' THEN 'before' ELSE 'after' END;
      RETURN target;
    END IF;
  ELSE
    its_column := public.resolve_column(the_workspace, the_board, operations #>> '{0,columnId}', operations #>> '{0,columnName}');
    target.home := its_column.column_id;
    IF target.home IS NULL THEN
      SELECT i.column_id INTO target.home FROM public.item i
      WHERE i.workspace_id = the_workspace AND i.board_id || '' = the_board AND i.id = operations #>> '{0,id}';
    END IF;
    target.home := coalesce(target.home, public.first_column(the_workspace, the_board));
  END IF;
  moving := ARRAY(SELECT coalesce(o ->> 'id', '') FROM jsonb_array_elements(operations) o);
  found_place := public.allocate_positions(the_workspace, the_board, target.home, place, anchor_position, moving,
    cardinality(moving));
  target.places := found_place.places;
  target.pushed := found_place.pushed;
  target.pushed_to := found_place.pushed_to;
  RETURN target;
END $$;
