import pg from 'pg';
import type { Connection } from '../../src/postgres/client.ts';
import { boardId, comparedBoard } from '../seed/board-plans.ts';
import type { ServerName } from '../servers/server-process.ts';
import { get, graphql } from './request.ts';

/** A read that is sent to all servers. */
export interface Case {
  name: string;
  /** Requests with responses of the same shape. */
  requests: readonly Buffer[];
  /** The target of the ratio of requests per second, gateway to the other server. */
  targets: Partial<Record<ServerName, number>>;
}

const page = `query ($boardId: ID!) {
  items(boardId: $boardId, first: 50) {
    nodes {
      id title position values labels createdAt updatedAt
      contact { id name phone }
      createdBy { id name }
    }
    pageInfo { hasNextPage endCursor }
  }
}`;

/** The read cases, on the board for comparisons. */
export async function createCases(connection: Connection): Promise<Case[]> {
  const board = boardId(comparedBoard);
  const items = `/api/crm/boards/${board}/items`;
  const ids = await readIds(connection, board);
  return [
    {
      name: 'GraphQL page of 50',
      requests: [graphql(page, { boardId: board })],
      targets: { ceiling: 0.8, typical: 2.5 },
    },
    { name: 'REST list of 50', requests: [get(items)], targets: { ceiling: 0.8 } },
    {
      name: 'REST get of an item',
      requests: ids.map((id) => get(`${items}/${id}`)),
      targets: { ceiling: 0.9 },
    },
  ];
}

async function readIds(connection: Connection, board: string): Promise<string[]> {
  const client = new pg.Client(connection);
  await client.connect();
  const { rows } = await client.query<{ id: string }>(
    'SELECT id FROM item WHERE workspace_id = $1 AND board_id = $2 ORDER BY md5(id)',
    [comparedBoard.workspaceId, board],
  );
  await client.end();
  return rows.map(({ id }) => id);
}
