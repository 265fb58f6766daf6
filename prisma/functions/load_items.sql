-- Inserts whole rows of one board, as from an import or a seed, with counts, change log and index of values. Their
-- creation is logged under the board's current revision.
CREATE OR REPLACE FUNCTION load_items(the_workspace text, the_board text, items item[]) RETURNS void
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
DECLARE
  its_revision bigint;
BEGIN
  SELECT b.revision INTO its_revision FROM public.board b
  WHERE b.workspace_id = the_workspace AND b.id = the_board FOR NO KEY UPDATE;
  PERFORM public.save_items(the_workspace, the_board, NULL, its_revision, ARRAY(
    SELECT ROW(NULL, 'create', i.id, NULL, NULL, NULL, TRUE, NULL, i, NULL, NULL, NULL, i."values")::public.item_write
    FROM unnest(items) i));
END $$;
