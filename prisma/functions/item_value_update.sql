-- Brings item_value up to date with changed values. Runs for each row, because a join of the transition tables would
-- have no index; most updates are moves, which the WHEN condition leaves out.
CREATE OR REPLACE FUNCTION item_value_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM public.item_value x USING public.item_value_rows(public.jsonb_diff(OLD."values", NEW."values")) v
  WHERE x.workspace_id = OLD.workspace_id AND x.board_id = OLD.board_id AND x.key = v.key
    AND x.reading = v.reading AND x.number = v.number AND x.text = v.text AND x.item_id = OLD.id;
  INSERT INTO public.item_value (workspace_id, board_id, key, reading, number, text, item_id)
  SELECT NEW.workspace_id, NEW.board_id, v.key, v.reading, v.number, v.text, NEW.id
  FROM public.item_value_rows(public.jsonb_diff(NEW."values", OLD."values")) v;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER item_value_update AFTER UPDATE ON item
  FOR EACH ROW WHEN (OLD."values" <> NEW."values") EXECUTE FUNCTION item_value_update();
