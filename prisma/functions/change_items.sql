-- Does one operation to many items of a board whose lock the caller holds, under the board's current revision. Returns
-- their number. 500 at a time, which bounds the memory.
CREATE OR REPLACE FUNCTION change_items(the_workspace text, the_board text, the_agent text, ids text[], operation jsonb)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  the_revision bigint;
  response     jsonb;
BEGIN
  SELECT b.revision INTO the_revision FROM public.board b WHERE b.workspace_id = the_workspace AND b.id = the_board;
  FOR start IN 1 .. cardinality(ids) BY 500 LOOP
    response := public.apply_operations(the_workspace, the_agent, the_board, the_revision,
      (SELECT jsonb_agg(operation || jsonb_build_object('n', n - 1, 'id', id) ORDER BY n)
        FROM unnest(ids[start : start + 499]) WITH ORDINALITY AS list (id, n)), NULL, FALSE, TRUE);
    IF response @? '$.results[*].fault' THEN
      RAISE EXCEPTION 'items of board % cannot be changed: %', the_board,
        jsonb_path_query_first(response, '$.results[*] ? (exists(@.fault))');
    END IF;
  END LOOP;
  RETURN cardinality(ids);
END $$;
