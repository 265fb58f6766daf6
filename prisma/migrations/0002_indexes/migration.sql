-- What carries search, filters and orders at a million items in one board.

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;

-- Substrings of the folded text, equality on any value, labels: any of them, within one board.
CREATE INDEX item_content_idx ON item
  USING gin (workspace_id, board_id, search gin_trgm_ops, "values" jsonb_path_ops, labels);
CREATE INDEX item_title_idx ON item (workspace_id, board_id, title, id);
-- Newest first across boards.
CREATE INDEX item_workspace_idx ON item (workspace_id, created_at, id);

-- Every value of an item that reads as a number ('n') or as an instant ('d'), in order: ranges and
-- sorting on any key. The triggers below keep it, in the statement that writes the item.
CREATE TABLE item_value (
  workspace_id text COLLATE "C" NOT NULL,
  board_id     text COLLATE "C" NOT NULL,
  key          text COLLATE "C" NOT NULL,
  reading      text COLLATE "C" NOT NULL,
  number       numeric NOT NULL,
  item_id      text COLLATE "C" NOT NULL,
  PRIMARY KEY (workspace_id, board_id, key, reading, number, item_id)
);

-- A key of over 200 bytes is left out: it would not fit into an index.
CREATE FUNCTION item_value_rows(item_values jsonb)
RETURNS TABLE (key text, reading text, number numeric)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 10
BEGIN ATOMIC
  SELECT entry.key, read.reading, read.number
  FROM jsonb_each(item_values) AS entry
  CROSS JOIN LATERAL (
    VALUES ('n', value_number(entry.value)), ('d', value_instant(entry.value))
  ) AS read (reading, number)
  WHERE read.number IS NOT NULL AND octet_length(entry.key) <= 200;
END;

CREATE FUNCTION item_value_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO item_value (workspace_id, board_id, key, reading, number, item_id)
  SELECT i.workspace_id, i.board_id, v.key, v.reading, v.number, i.id
  FROM new_items i CROSS JOIN LATERAL item_value_rows(i."values") v;
  RETURN NULL;
END $$;

CREATE FUNCTION item_value_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM item_value x
  USING old_items i CROSS JOIN LATERAL item_value_rows(i."values") v
  WHERE x.workspace_id = i.workspace_id AND x.board_id = i.board_id AND x.key = v.key
    AND x.reading = v.reading AND x.number = v.number AND x.item_id = i.id;
  RETURN NULL;
END $$;

-- Values that stay are not touched. 1.0 and 1 are the same number and the same row.
CREATE FUNCTION item_value_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM item_value x
  USING old_items o
  JOIN new_items n ON n.workspace_id = o.workspace_id AND n.id = o.id AND n."values" <> o."values"
  CROSS JOIN LATERAL (
    SELECT * FROM item_value_rows(o."values") EXCEPT SELECT * FROM item_value_rows(n."values")
  ) v
  WHERE x.workspace_id = o.workspace_id AND x.board_id = o.board_id AND x.key = v.key
    AND x.reading = v.reading AND x.number = v.number AND x.item_id = o.id;
  INSERT INTO item_value (workspace_id, board_id, key, reading, number, item_id)
  SELECT n.workspace_id, n.board_id, v.key, v.reading, v.number, n.id
  FROM old_items o
  JOIN new_items n ON n.workspace_id = o.workspace_id AND n.id = o.id AND n."values" <> o."values"
  CROSS JOIN LATERAL (
    SELECT * FROM item_value_rows(n."values") EXCEPT SELECT * FROM item_value_rows(o."values")
  ) v;
  RETURN NULL;
END $$;

CREATE TRIGGER item_value_insert AFTER INSERT ON item
  REFERENCING NEW TABLE AS new_items FOR EACH STATEMENT EXECUTE FUNCTION item_value_insert();
CREATE TRIGGER item_value_delete AFTER DELETE ON item
  REFERENCING OLD TABLE AS old_items FOR EACH STATEMENT EXECUTE FUNCTION item_value_delete();
CREATE TRIGGER item_value_update AFTER UPDATE ON item
  REFERENCING OLD TABLE AS old_items NEW TABLE AS new_items
  FOR EACH STATEMENT EXECUTE FUNCTION item_value_update();

INSERT INTO item_value (workspace_id, board_id, key, reading, number, item_id)
SELECT i.workspace_id, i.board_id, v.key, v.reading, v.number, i.id
FROM item i CROSS JOIN LATERAL item_value_rows(i."values") v;
