-- Removes the values of deleted items from item_value.
CREATE OR REPLACE FUNCTION item_value_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM public.item_value x
  USING old_items i CROSS JOIN LATERAL public.item_value_rows(i."values") v
  WHERE x.workspace_id = i.workspace_id AND x.board_id = i.board_id AND x.key = v.key
    AND x.reading = v.reading AND x.number = v.number AND x.text = v.text AND x.item_id = i.id;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER item_value_delete AFTER DELETE ON item
  REFERENCING OLD TABLE AS old_items FOR EACH STATEMENT EXECUTE FUNCTION item_value_delete();
