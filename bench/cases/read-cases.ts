import pg from 'pg';
import type { Connection } from '../../src/postgres/client.ts';
import {
  type BoardPlan,
  boardId,
  boardIds,
  comparedBoards,
  workspaceId,
} from '../seed/board-plans.ts';
import type { ServerName } from '../servers/server-process.ts';
import { get, graphql } from './request.ts';

/** A read that is sent to all servers. */
export interface Case {
  name: string;
  /** Requests with responses of the same shape. */
  requests: readonly Buffer[];
  /** The same requests to the schema of PostGraphile, which has no part in other cases. */
  postgraphileRequests?: readonly Buffer[];
  /** The target of the ratio of requests per second, gateway to the other server. */
  targets: Partial<Record<ServerName, number>>;
}

/** A GraphQL page of 50 items. */
export const page = `query ($boardId: ID!) {
  items(boardId: $boardId, first: 50) {
    nodes {
      id title position values labels createdAt updatedAt
      contact { id name phone }
      createdBy { id name }
    }
    pageInfo { hasNextPage endCursor }
  }
}`;

/**
 * The same page of PostGraphile, whose names become ours. Its rows cannot be ordered by the position of their column: the
 * ids of the bench's columns have the same order.
 */
const postgraphilePage = `query ($workspaceId: String!, $boardId: String!) {
  items: allItems(
    condition: { workspaceId: $workspaceId, boardId: $boardId }
    orderBy: [COLUMN_ID_ASC, POSITION_ASC, ROW_ID_ASC]
    first: 50
  ) {
    nodes {
      id: rowId title position values labels createdAt updatedAt
      contact: contactByWorkspaceIdAndContactId { id: rowId name phone }
      createdBy: agentByWorkspaceIdAndCreatedById { id: rowId name }
    }
    pageInfo { hasNextPage endCursor }
  }
}`;

const itemsOf = (board: string): string => `/api/crm/boards/${board}/items`;

const pageCase = (name: string, boards: readonly string[]): Case => ({
  name,
  requests: boards.map((board) => graphql(page, { boardId: board })),
  postgraphileRequests: boards.map((board) =>
    graphql(postgraphilePage, { workspaceId, boardId: board }),
  ),
  targets: { ceiling: 0.8, typical: 2.5, postgraphile: 1.9 },
});

/** The read cases, on the boards for comparisons. */
export async function createCases(connection: Connection): Promise<Case[]> {
  const boards = boardIds(comparedBoards);
  const first = boardId(comparedBoards);
  const ids = await readIds(connection, comparedBoards);
  return [
    pageCase('GraphQL page of 50', boards),
    // Requests that ask the same at once may share a read.
    pageCase('GraphQL page of 50, the same for all', [first]),
    {
      name: 'REST list of 50',
      requests: boards.map((board) => get(itemsOf(board))),
      targets: { ceiling: 0.8 },
    },
    {
      name: 'REST get of an item',
      requests: ids.map((id) => get(`${itemsOf(first)}/${id}`)),
      targets: { ceiling: 0.9 },
    },
  ];
}

/** The requests that a server gets in a case; undefined where the case leaves the server out. */
export const requestsOf = (
  { requests, postgraphileRequests }: Case,
  name: ServerName,
): readonly Buffer[] | undefined => (name === 'postgraphile' ? postgraphileRequests : requests);

/** The ids of the items of a plan's first board, in no order. */
export async function readIds(connection: Connection, plan: BoardPlan): Promise<string[]> {
  const client = new pg.Client(connection);
  await client.connect();
  const { rows } = await client.query<{ id: string }>(
    'SELECT id FROM item WHERE workspace_id = $1 AND board_id = $2 ORDER BY md5(id)',
    [plan.workspaceId, boardId(plan)],
  );
  await client.end();
  return rows.map(({ id }) => id);
}
