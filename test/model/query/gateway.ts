import { beforeAll } from 'vitest';
import { directly, loadItems } from '../../support/direct-writes.ts';
import {
  type AppClient,
  createKey,
  type GraphQLReply,
  type RestBody,
  type RestReply,
  useWorld,
  type World,
} from '../../support/world.ts';
import { selectedThresholds, thresholds } from './check-cases.ts';
import { agents, columns, contacts, edgeRows } from './edge-rows.ts';
import { graphqlRequest, type PageRequest } from './graphql-request.ts';
import type { Row } from './query.ts';

/** A page of a GraphQL response. */
export interface Page {
  totalCount: number;
  countUpTo: { count: number; isExact: boolean };
  nodes: { id: string }[];
  edges: { cursor: string; node: { id: string } }[];
  pageInfo: Record<'hasNextPage' | 'hasPreviousPage', boolean> &
    Record<'startCursor' | 'endCursor', string | null>;
}

type SearchBody = RestBody<{ id: string }[]> & { next_cursor: string | null };

/** GraphQL and REST calls to a gateway whose workspace contains the edge rows. */
export interface Gateway {
  world: World;
  /** Reads several pages in one GraphQL request; the nth is `q` + n. */
  graphql(
    requests: readonly PageRequest[],
    selection: string,
  ): Promise<GraphQLReply<Record<string, Page & { items?: Page }> | null>>;
  rest<Data>(method: string, path: string, body?: object): Promise<RestReply<Data>>;
  /** POSTs a search of the board to REST. */
  search(body: object): Promise<{ status: number; body: SearchBody }>;
  /** Restores the edge rows. */
  reset(): Promise<void>;
}

/** Rows with the ids of the edge rows and the contents of others. */
const twinRows = edgeRows.map((row, n) => ({ ...row, ...edgeRows.at(-1 - n), id: row.id }));

/**
 * A gateway with the edge rows in one workspace, next to a workspace with the same ids and other contents, and to the
 * demo world.
 */
export function useGateway(): Gateway {
  const world = useWorld();
  let clients: AppClient[] = [];
  const client = () => clients[selectedThresholds()] ?? world;
  let tenant = { key: '', workspaceId: '' };
  const gateway: Gateway = {
    world,
    graphql(requests, selection) {
      const { document, variables } = graphqlRequest(requests, selection);
      return client().graphql(document, variables, tenant.key);
    },
    rest: (method, path, body) =>
      client().rest(method, path, { body, headers: { authorization: `Bearer ${tenant.key}` } }),
    async search(body) {
      const reply = await gateway.rest('POST', '/boards/board_edge/items/search', body);
      return { status: reply.status, body: reply.body as SearchBody };
    },
    async reset() {
      const { workspaceId } = tenant;
      for (const table of ['item', 'item_value', 'board_change', 'board'])
        await directly(world, (tx) =>
          tx.$executeRawUnsafe(`DELETE FROM ${table} WHERE workspace_id = $1`, workspaceId),
        );
      await insertRows(world, workspaceId, edgeRows);
    },
  };
  beforeAll(async () => {
    clients = thresholds.map((value) => world.withOptions(value ? { thresholds: value } : {}));
    tenant = await createKey(world, { inOtherWorkspace: true });
    const twin = await createKey(world, { inOtherWorkspace: true });
    await insertRows(world, tenant.workspaceId, edgeRows);
    await insertRows(world, twin.workspaceId, twinRows);
  });
  return gateway;
}

/** Inserts rows, and the boards, columns, contacts and agents that they refer to. */
async function insertRows({ db }: World, workspaceId: string, rows: readonly Row[]): Promise<void> {
  const named = (id: string) => ({ workspaceId, id, name: id });
  await db.agent.createMany({ data: agents.map(named), skipDuplicates: true });
  await db.contact.createMany({ data: contacts.map(named), skipDuplicates: true });
  await db.board.createMany({ data: ['board_edge', 'board_other'].map(named) });
  await db.column.createMany({ data: columns.map((column) => ({ workspaceId, ...column })) });
  const items = rows.map((row) => ({
    ...{ id: row.id, title: row.title, position: row.position, values: row.values },
    ...{ board_id: row.boardId, column_id: row.columnId, contact_id: row.contactId },
    ...{ created_by_id: row.createdById, created_at: row.createdAt, updated_at: row.updatedAt },
    labels: row.labels,
  }));
  await loadItems(db, workspaceId, items);
}
