-- Without statistics on a board, any index that begins with the workspace and the board looks cheapest to the planner, and a
-- search reads all items. So the index on content has the board under another collation, which equals "C" in all but its
-- name: a condition that names it too leaves the planner no other index. Only writes wait for the new indexes: 20 to 30
-- seconds at a million items. The old one goes in the next migration: dropping it asks for a stronger lock, and a transaction that
-- asks for one after the other meets writes that wait for the first in a deadlock.
CREATE INDEX item_board_content_idx ON item
  USING gin (workspace_id, board_id COLLATE "POSIX", search gin_trgm_ops, "values" jsonb_path_ops, labels)
  WITH (gin_pending_list_limit = 256) WHERE NOT is_large(search);
CREATE INDEX item_board_large_idx ON item (board_id COLLATE "POSIX") WHERE is_large(search);
