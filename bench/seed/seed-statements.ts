import { highestValue } from './board-plans.ts';

/** $1 the workspace, $2 first names, $3 last names, $4 the SHA-256 of its key in hex. */
export const insertPeople = `
  WITH workspace AS (
    INSERT INTO workspace (id, name) VALUES ($1, $1) RETURNING id
  ), agents AS (
    INSERT INTO agent (workspace_id, id, name)
    SELECT id, 'agent_' || n, ($2::text[])[1 + n % cardinality($2)] || ' ' || n
    FROM workspace, generate_series(0, 19) n RETURNING workspace_id, id
  ), key AS (
    INSERT INTO api_key (workspace_id, id, agent_id, name, hash, scopes)
    SELECT workspace_id, 'key_' || $1, id, 'Bench', decode($4, 'hex'), '{read,write}'
    FROM agents WHERE id = 'agent_0'
  )
  INSERT INTO contact (workspace_id, id, name, phone, email)
  SELECT id, 'contact_' || n,
    ($2::text[])[1 + n % cardinality($2)] || ' ' || ($3::text[])[1 + n / 7 % cardinality($3)],
    '+62811' || lpad(n::text, 8, '0'), 'contact' || n || '@people.example'
  FROM workspace, generate_series(0, 9999) n`;

/** $1 the workspace, $2 the prefix of ids, $3 how many boards, $4 names of columns. */
export const insertBoards = `
  WITH boards AS (
    INSERT INTO board (workspace_id, id, name)
    SELECT $1, $2::text || b, 'Deals ' || b FROM generate_series(0, $3::integer - 1) b
    RETURNING workspace_id, id
  )
  INSERT INTO board_column (workspace_id, board_id, id, name, position)
  SELECT workspace_id, id, 'col_' || id || '_' || k, ($4::text[])[1 + k], k
  FROM boards, generate_series(0, 5) k`;

/**
 * $1 the workspace, $2 the prefix of boards, $3 items of each, $4 the common word, $5 the rare word and $6 how often
 * each board has it, $7 words, $8 sources, $9 labels, $10 the domain of addresses, $11 and $12 the first and last item, $13 the columns.
 * Every number is derived from the MD5 of the board and the item's number, so the data is the same on every run. Items and
 * value index are written directly, and no change log: load_items would take several times as long.
 */
export const insertItems = `
  WITH rows AS MATERIALIZED (SELECT $1::text AS workspace_id, board_id, 'col_' || board_id || '_' || n % $13::integer AS column_id,
    'item_' || lpad(n::text, 10, '0') || left(hash, 16) AS id, 1 AS version,
    concat_ws(' ',
      CASE WHEN n % greatest($3::integer / $6::integer, 1) = 3 THEN $5 ELSE word[1 + a % cardinality(word)] END,
      word[1 + b % cardinality(word)],
      CASE WHEN c % 10 < 3 THEN $4 ELSE word[1 + c % cardinality(word)] END,
      CASE WHEN a % 3 > 0 THEN word[1 + d % cardinality(word)] END,
      CASE WHEN a % 3 > 1 THEN word[1 + e % cardinality(word)] END) AS title,
    slot_position(n / $13::integer) AS position,
    jsonb_build_object(
      'deal_value', CASE
        WHEN d % 100 = 0 THEN '"n/a"'::jsonb
        WHEN d % 100 <= 10 THEN to_jsonb(amount)
        ELSE to_jsonb(amount::text) END,
      'probability', e % 21 * 5,
      'phone', '+62812' || lpad(n::text, 8, '0'),
      'email', 'user' || n || '@' || $10 || '.example',
      'source', ($8::text[])[1 + f % 10],
      'expected_close', date '2025-01-01' + b % 730) AS "values",
    ($9::text[])[1 + a % 12 : a % 12 + c % 4] AS labels,
    CASE WHEN f % 10 < 7 THEN 'contact_' || b % 10000 END AS contact_id,
    'agent_' || e % 20 AS created_by_id,
    timestamptz '2023-01-01T00:00:00Z' + n * interval '61.037 seconds' AS created_at,
    timestamptz '2023-01-01T00:00:00Z' + n * interval '61.037 seconds' + a * interval '13.7 seconds' AS updated_at
  FROM (
    SELECT board_id, n, hash, $7::text[] AS word,
      ('x' || substr(hash, 1, 4))::bit(16)::integer AS a,
      ('x' || substr(hash, 5, 4))::bit(16)::integer AS b,
      ('x' || substr(hash, 9, 4))::bit(16)::integer AS c,
      ('x' || substr(hash, 13, 4))::bit(16)::integer AS d,
      ('x' || substr(hash, 17, 4))::bit(16)::integer AS e,
      ('x' || substr(hash, 21, 4))::bit(16)::integer AS f,
      ('x' || substr(hash, 25, 7))::bit(28)::integer % ${highestValue} AS amount
    FROM (
      SELECT $2::text || s / $3 AS board_id, s % $3 AS n, md5($2 || s) AS hash
      FROM generate_series($11::integer, $12::integer) s OFFSET 0
    ) hashed OFFSET 0
  ) dice), items AS (
    INSERT INTO item (workspace_id, board_id, column_id, id, version, title, position, "values", labels, contact_id,
      created_by_id, created_at, updated_at)
    SELECT * FROM rows
  )
  INSERT INTO item_value (workspace_id, board_id, key, reading, number, text, item_id)
  SELECT i.workspace_id, i.board_id, v.key, v.reading, v.number, v.text, i.id
  FROM rows i CROSS JOIN LATERAL item_value_rows(i."values") v`;

/** $1 the workspace, $2 the prefix of its boards. */
export const countItems = `
  UPDATE board_column c SET items_count = n.items
  FROM (
    SELECT column_id, count(*) AS items FROM item WHERE workspace_id = $1 AND starts_with(board_id, $2) GROUP BY 1
  ) n
  WHERE c.workspace_id = $1 AND c.id = n.column_id`;
