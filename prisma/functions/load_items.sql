-- Inserts whole rows of one board, as from an import or a seed, with counts, change log and index of values. Their
-- creation is logged under the board's current revision.
CREATE OR REPLACE FUNCTION load_items(the_workspace text, the_board text, items item[]) RETURNS void
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
BEGIN
  PERFORM public.save_items(the_workspace, the_board, NULL, b.revision, ARRAY(
    SELECT ROW(NULL, 'create', i.id, NULL, NULL, NULL, TRUE, NULL, i, NULL, public.audit_row(to_jsonb(i)), NULL,
      i."values")::public.item_write FROM unnest(items) i))
  FROM public.board b WHERE b.workspace_id = the_workspace AND b.id = the_board FOR NO KEY UPDATE;
END $$;
