/** An instant in the format of the gateway: with milliseconds unless they are zero. */
const iso = (column: string): string =>
  `replace(to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), '.000Z', 'Z')`;

const join = `
  LEFT JOIN contact k ON k.workspace_id = i.workspace_id AND k.id = i.contact_id
  JOIN agent a ON a.workspace_id = i.workspace_id AND a.id = i.created_by_id`;

const contact = `CASE WHEN k.id IS NOT NULL THEN
  json_build_object('id', k.id, 'name', k.name, 'phone', k.phone) END`;

/** The first $3 + 1 items of board $2 in the board's order, read from the index of each column. */
const firstItems = `
  SELECT i.*, row_number() OVER (ORDER BY c.position, c.id, i.position, i.id) AS n
  FROM board_column c CROSS JOIN LATERAL (
    SELECT * FROM item
    WHERE workspace_id = c.workspace_id AND board_id = c.board_id AND column_id = c.id
    ORDER BY position, id LIMIT $3::integer + 1
  ) i
  WHERE c.workspace_id = $1 AND c.board_id = $2
  ORDER BY n LIMIT $3::integer + 1`;

/** $1 the workspace, $2 the board, $3 how many items. */
export const graphqlPage = `
  SELECT json_build_object('data', json_build_object('items', json_build_object(
    'nodes', coalesce(json_agg(node ORDER BY n) FILTER (WHERE n <= $3::integer), '[]'),
    'pageInfo', json_build_object(
      'hasNextPage', count(*) > $3, 'endCursor', max(id) FILTER (WHERE n = $3))
  )))::text AS body
  FROM (
    SELECT i.n, i.id, json_build_object(
      'id', i.id, 'title', i.title, 'position', i.position, 'values', i."values", 'labels', i.labels,
      'createdAt', ${iso('i.created_at')}, 'updatedAt', ${iso('i.updated_at')},
      'contact', ${contact}, 'createdBy', json_build_object('id', a.id, 'name', a.name)) AS node
    FROM (${firstItems}) i ${join}
  ) found`;

/** $1 the workspace, $2 the board, $3 how many items. */
export const restList = `
  SELECT json_build_object(
    'success', TRUE, 'data', coalesce(json_agg(row ORDER BY n) FILTER (WHERE n <= $3::integer), '[]'),
    'pagination', json_build_object(
      'total', (SELECT sum(items_count) FROM board_column WHERE workspace_id = $1 AND board_id = $2),
      'limit', $3, 'offset', 0),
    'next_cursor', CASE WHEN count(*) > $3 THEN max(id) FILTER (WHERE n = $3) END)::text AS body
  FROM (
    SELECT i.n, i.id, json_build_object(
      'id', i.id, 'board_id', i.board_id, 'column_id', i.column_id, 'title', i.title,
      'position', i.position, 'values', i."values", 'labels', i.labels, 'contact', ${contact},
      'created_at', ${iso('i.created_at')}, 'updated_at', ${iso('i.updated_at')}) AS row
    FROM (${firstItems}) i ${join}
  ) found`;

/** $1 the workspace, $2 the board, $3 the item. */
export const restItem = `
  SELECT json_build_object('success', TRUE, 'data', json_build_object(
    'id', i.id, 'board_id', i.board_id, 'column_id', i.column_id, 'title', i.title,
    'position', i.position, 'version', i.version, 'values', i."values", 'contact', CASE WHEN k.id IS NOT NULL THEN
      json_build_object('id', k.id, 'name', k.name, 'phone', k.phone, 'email', k.email) END,
    'conversation_ids', i.conversation_ids, 'labels', i.labels,
    'created_by', json_build_object('id', a.id, 'name', a.name),
    'created_at', ${iso('i.created_at')}, 'updated_at', ${iso('i.updated_at')}))::text AS body
  FROM item i ${join}
  WHERE i.workspace_id = $1 AND i.board_id = $2 AND i.id = $3`;
