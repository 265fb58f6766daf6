-- The entries of a row before one of its changes: goes back from the `current` entries, from the newest change to the
-- oldest, by undo_change(state, current, before, after).
CREATE OR REPLACE AGGREGATE entries_before(current jsonb, before jsonb, after jsonb) (
  SFUNC = undo_change, STYPE = jsonb
);
