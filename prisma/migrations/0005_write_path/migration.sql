-- Items are written by functions of prisma/functions, without triggers.

DROP FUNCTION IF EXISTS item_audit_insert, item_audit_update, item_audit_delete, item_value_insert, item_value_update,
  item_value_delete CASCADE;
DROP FUNCTION IF EXISTS apply_operations(text, text, text, jsonb, jsonb, boolean, boolean);

-- One write of one item of a board: what apply_operations decides and save_items carries out.
DROP TYPE item_write;
CREATE TYPE item_write AS (
  n        integer,
  op       text,
  id       text,
  -- Why it is refused, and the id or name that is wrong.
  fault    text,
  value    text,
  -- The version that it had to have.
  expected integer,
  -- False where the item is as requested already.
  changes  boolean,
  -- The item before and after, without `search`, and without `values` where nothing needs them.
  old      item,
  new      item,
  -- The changed fields as the change log has them.
  before   jsonb,
  after    jsonb,
  -- The values that the item loses and gets.
  gone     jsonb,
  come     jsonb
);

-- One operation of apply_operations: its JSON, then what the database adds.
CREATE TYPE item_operation AS (
  n                 integer,
  -- create, update, delete or upsert.
  op                text,
  id                text,
  "newId"           text,
  -- New values by their columns; those of `values` are merged by key.
  fields            jsonb,
  set               jsonb,
  removed           text[],
  "columnId"        text,
  "columnName"      text,
  "expectedVersion" integer,
  -- The values, one of which an upsert's item has.
  match             jsonb,
  -- An earlier operation of the batch wrote a value that this upsert matches.
  "seesEarlier"     boolean,
  -- Why it is refused, and the id or name that is wrong.
  fault             text,
  value             text,
  to_column         text,
  to_position       integer
);

-- Where operations place their items: next to each other in the column `home`, at `places`, after the items `pushed`
-- have gone to `pushed_to`. `anchor` is the item that the place names; `missing` is its field if there is none.
CREATE TYPE item_target AS (
  missing   text,
  anchor    text,
  home      text,
  places    integer[],
  pushed    text[],
  pushed_to integer[]
);

-- A writer of items or of the log holds the lock of the board, which therefore exists: these checks never fail. The column's foreign key
-- includes the board.
ALTER TABLE item DROP CONSTRAINT item_workspace_id_board_id_fkey;
ALTER TABLE board_change DROP CONSTRAINT board_change_workspace_id_board_id_fkey;
