-- The value index gets a row for every value: as number, as instant, else as text, or as none of them. So texts have an
-- order too, and what a key holds can be counted and summed without a look at the items.

-- 't': the text as far as it sorts. 'o': an object, a list or null.
ALTER TABLE item_value ADD COLUMN text text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE item_value ALTER COLUMN number SET DEFAULT 0;
ALTER TABLE item_value DROP CONSTRAINT item_value_pkey;

-- No value reads as both number and instant. A key of over 200 bytes is left out: it would not fit into an index.
DROP FUNCTION item_value_rows(jsonb);
CREATE FUNCTION item_value_rows(item_values jsonb)
RETURNS TABLE (key text, reading text, number numeric, text text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 10
BEGIN ATOMIC
  SELECT entry.key,
    CASE WHEN read.number IS NOT NULL THEN 'n' WHEN read.instant IS NOT NULL THEN 'd'
      WHEN value_text(entry.value) IS NOT NULL THEN 't' ELSE 'o' END,
    coalesce(read.number, read.instant, 0),
    CASE WHEN read.number IS NULL AND read.instant IS NULL THEN coalesce(left(value_text(entry.value), 200), '') ELSE '' END
  FROM jsonb_each(item_values) AS entry
  CROSS JOIN LATERAL (
    SELECT value_number(entry.value) AS number, value_instant(entry.value) AS instant OFFSET 0
  ) AS read
  WHERE octet_length(entry.key) <= 200;
END;

CREATE OR REPLACE FUNCTION item_value_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO item_value (workspace_id, board_id, key, reading, number, text, item_id)
  SELECT i.workspace_id, i.board_id, v.key, v.reading, v.number, v.text, i.id
  FROM new_items i CROSS JOIN LATERAL item_value_rows(i."values") v;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION item_value_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM item_value x
  USING old_items i CROSS JOIN LATERAL item_value_rows(i."values") v
  WHERE x.workspace_id = i.workspace_id AND x.board_id = i.board_id AND x.key = v.key
    AND x.reading = v.reading AND x.number = v.number AND x.text = v.text AND x.item_id = i.id;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION item_value_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM item_value x USING item_value_rows(differing(OLD."values", NEW."values")) v
  WHERE x.workspace_id = OLD.workspace_id AND x.board_id = OLD.board_id AND x.key = v.key
    AND x.reading = v.reading AND x.number = v.number AND x.text = v.text AND x.item_id = OLD.id;
  INSERT INTO item_value (workspace_id, board_id, key, reading, number, text, item_id)
  SELECT NEW.workspace_id, NEW.board_id, v.key, v.reading, v.number, v.text, NEW.id
  FROM item_value_rows(differing(NEW."values", OLD."values")) v;
  RETURN NULL;
END $$;

INSERT INTO item_value (workspace_id, board_id, key, reading, number, text, item_id)
SELECT i.workspace_id, i.board_id, v.key, v.reading, v.number, v.text, i.id
FROM item i CROSS JOIN LATERAL item_value_rows(i."values") v WHERE v.reading IN ('t', 'o');

ALTER TABLE item_value ADD PRIMARY KEY (workspace_id, board_id, key, reading, number, text, item_id);
