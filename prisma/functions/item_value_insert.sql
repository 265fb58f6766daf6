-- Adds the values of new items to item_value.
CREATE OR REPLACE FUNCTION item_value_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO public.item_value (workspace_id, board_id, key, reading, number, text, item_id)
  SELECT i.workspace_id, i.board_id, v.key, v.reading, v.number, v.text, i.id
  FROM new_items i CROSS JOIN LATERAL public.item_value_rows(i."values") v;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER item_value_insert AFTER INSERT ON item
  REFERENCING NEW TABLE AS new_items FOR EACH STATEMENT EXECUTE FUNCTION item_value_insert();
