-- An update of an item adds its row to every index anew. The index on content takes 10 to 20 ms for 50 KB of text, whatever
-- the update changes. So it leaves out large items: a search reads these one by one, which takes about 0.1 ms each.

-- True for over 16 KiB of search text, which is not read for it. An equality, because without statistics the planner
-- expects it to hold for one row in 200, and a comparison for one in three.
CREATE FUNCTION is_large(search text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN least(octet_length(search) / 16384, 1) = 1;

DROP INDEX item_content_idx;
CREATE INDEX item_content_idx ON item
  USING gin (workspace_id, board_id, search gin_trgm_ops, "values" jsonb_path_ops, labels)
  WITH (gin_pending_list_limit = 256) WHERE NOT is_large(search);
CREATE INDEX item_large_idx ON item (workspace_id, board_id) WHERE is_large(search);
