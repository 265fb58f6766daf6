/** A row in PostgreSQL's text format, in the order of its columns. */
type Cells = readonly (string | null)[];

/** A statement and how its rows become the body of the response. */
export interface Response {
  name: string;
  text: string;
  /** Undefined for a response of 404. `limit` is the size of a page. */
  body: (rows: readonly Cells[], limit: number) => string | undefined;
}

const joins = `
  LEFT JOIN contact k ON k.workspace_id = $1 AND k.id = i.contact_id
  JOIN agent a ON a.workspace_id = $1 AND a.id = i.created_by_id`;

/** The first $3 items of board $2 in the board's order: in the order of its columns, so that the last ones are not read. */
const firstItems = `
  FROM (SELECT * FROM board_column WHERE workspace_id = $1 AND board_id = $2 ORDER BY position, id) c
  CROSS JOIN LATERAL (
    SELECT * FROM item i WHERE i.workspace_id = $1 AND i.board_id = $2 AND i.column_id = c.id
    ORDER BY i.position, i.id LIMIT $3
  ) i ${joins}
  ORDER BY c.position, c.id, i.position, i.id LIMIT $3`;

const instants = `date_part('epoch', i.created_at), date_part('epoch', i.updated_at)`;

/** Seconds since 1970 as the gateway writes an instant: with milliseconds unless they are zero. */
const instant = (seconds: string | null | undefined): string =>
  `"${new Date(Math.round(Number(seconds) * 1000)).toISOString().replace('.000Z', 'Z')}"`;

const text = (cell: string | null | undefined): string => JSON.stringify(cell);

const contact = (id: string | null | undefined, fields: () => string): string =>
  id === null ? 'null' : `{"id":${text(id)}${fields()}}`;

/** $1 the workspace, $2 the board, $3 how many items and one more. */
export const graphqlPage: Response = {
  name: 'page',
  text: `SELECT i.id, i.title, i.position, i."values", to_json(i.labels), ${instants}, k.id, k.name, k.phone, a.id, a.name ${firstItems}`,
  body(rows, limit) {
    const nodes = rows
      .slice(0, limit)
      .map(
        (row) =>
          `{"id":${text(row[0])},"title":${text(row[1])},"position":${row[2]},"values":${row[3]},"labels":${row[4]},` +
          `"createdAt":${instant(row[5])},"updatedAt":${instant(row[6])},` +
          `"contact":${contact(row[7], () => `,"name":${text(row[8])},"phone":${text(row[9])}`)},` +
          `"createdBy":{"id":${text(row[10])},"name":${text(row[11])}}}`,
      );
    const pageInfo = `{"hasNextPage":${rows.length > limit},"endCursor":${text(rows[limit - 1]?.[0])}}`;
    return `{"data":{"items":{"nodes":[${nodes.join(',')}],"pageInfo":${pageInfo}}}}`;
  },
};

/** $1 the workspace, $2 the board, $3 how many items and one more. */
export const restList: Response = {
  name: 'list',
  text: `SELECT i.id, i.board_id, i.column_id, i.title, i.position, i."values", to_json(i.labels), ${instants}, k.id, k.name, k.phone,
    (SELECT sum(items_count) FROM board_column WHERE workspace_id = $1 AND board_id = $2) ${firstItems}`,
  body(rows, limit) {
    const list = rows
      .slice(0, limit)
      .map(
        (row) =>
          `{"id":${text(row[0])},"board_id":${text(row[1])},"column_id":${text(row[2])},"title":${text(row[3])},` +
          `"position":${row[4]},"values":${row[5]},"labels":${row[6]},` +
          `"contact":${contact(row[9], () => `,"name":${text(row[10])},"phone":${text(row[11])}`)},` +
          `"created_at":${instant(row[7])},"updated_at":${instant(row[8])}}`,
      );
    const pagination = `{"total":${rows[0]?.[12] ?? 0},"limit":${limit},"offset":0}`;
    const cursor = rows.length > limit ? text(rows[limit - 1]?.[0]) : 'null';
    return `{"success":true,"data":[${list.join(',')}],"pagination":${pagination},"next_cursor":${cursor}}`;
  },
};

/** $1 the workspace, $2 the board, $3 the item. */
export const restItem: Response = {
  name: 'item',
  text: `SELECT i.id, i.column_id, i.title, i.position, i.version, i."values", to_json(i.labels), to_json(i.conversation_ids),
    ${instants}, k.id, k.name, k.phone, k.email, a.id, a.name, i.board_id
    FROM item i ${joins} WHERE i.workspace_id = $1 AND i.board_id = $2 AND i.id = $3`,
  body([row]) {
    if (row === undefined) return undefined;
    const details = () =>
      `,"name":${text(row[11])},"phone":${text(row[12])},"email":${text(row[13])}`;
    return (
      `{"success":true,"data":{"id":${text(row[0])},"board_id":${text(row[16])},"column_id":${text(row[1])},` +
      `"title":${text(row[2])},"position":${row[3]},"version":${row[4]},"values":${row[5]},` +
      `"contact":${contact(row[10], details)},"conversation_ids":${row[7]},"labels":${row[6]},` +
      `"created_by":{"id":${text(row[14])},"name":${text(row[15])}},` +
      `"created_at":${instant(row[8])},"updated_at":${instant(row[9])}}}`
    );
  },
};
