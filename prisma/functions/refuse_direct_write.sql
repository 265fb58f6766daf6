-- Refuses statements that write items past save_items: the counts of columns, the change log and the index of values
-- would not follow. A data repair that sees to them itself may set items.writer in its transaction.
CREATE OR REPLACE FUNCTION refuse_direct_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Here and not in a WHEN of the trigger, which PostgreSQL parses again at every statement.
  IF current_setting('items.writer', TRUE) = 'on' THEN RETURN NULL; END IF;
  RAISE EXCEPTION '% on item is refused: counts of columns, change log and item_value would not follow', TG_OP
    USING ERRCODE = 'IG003',
      HINT = 'Call write_items, or load_items for whole rows. SET LOCAL items.writer = ''on'' permits it nevertheless.';
END $$;

-- A distributed table has no triggers.
DO $$
BEGIN
  IF to_regclass('pg_dist_partition') IS NULL THEN
    CREATE OR REPLACE TRIGGER refuse_direct_write BEFORE INSERT OR UPDATE OR DELETE ON public.item FOR EACH STATEMENT
      EXECUTE FUNCTION public.refuse_direct_write();
  END IF;
END $$;
