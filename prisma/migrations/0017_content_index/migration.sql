-- In the place of this index are those of the migration before.
DROP INDEX item_content_idx;

-- Autovacuum's own measure is the size of a table: beside a million items, it would come after 100,000 new ones for statistics and
-- after 200,000 for the map of visible rows, which counts read instead of the table. A big import is enough now.
ALTER TABLE item SET (autovacuum_analyze_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01);
ALTER TABLE item_value SET (autovacuum_analyze_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01);
