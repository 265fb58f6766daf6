import pg from 'pg';
import type { Connection } from '../../src/postgres/client.ts';
import { type BoardPlan, boardIds, writtenBoards } from '../seed/board-plans.ts';
import { graphql, send } from './request.ts';

/** A write that is sent to the servers. */
export interface WriteCase {
  name: string;
  connections: number;
  /** Seconds per round, for slow requests. */
  seconds?: number;
  /** The next request; each one changes something. */
  request: () => Buffer;
  /** The target of the ratio of requests per second, gateway to bare. */
  target?: number;
}

/** Boards, each with the ids of the items of its first column. */
type Boards = readonly { boardId: string; ids: readonly string[] }[];

const item = `item {
  id title position version values labels createdAt updatedAt contact { id name phone } createdBy { id name }
}`;
export const mutation = (input: string, field: string, selection: string) =>
  `mutation ($input: ${input}!) { ${field}(input: $input) { ${selection} } }`;
export const createItem = mutation('CreateItemInput', 'createItem', item);
export const updateItem = mutation('UpdateItemInput', 'updateItem', item);
export const moveItem = mutation('MoveItemInput', 'moveItem', item);
export const createItems = mutation(
  'CreateItemsInput',
  'createItems',
  'results { index action item { id version } error { code message } }',
);

export const batchSize = 500;
const many = 16;
const target = 0.5;
/** The cases that the cost of a batch is computed from. */
export const batchName = `batch of ${batchSize} creates`;
export const createName = 'create';

let count = 0;

const values = () => ({
  deal_value: String(count * 137),
  probability: count % 100,
  phone: `+62813${String(count).padStart(8, '0')}`,
  email: `new${count}@bench.example`,
  source: 'website',
  expected_close: '2026-05-01',
});

/** A new item in the last column, so that the first keeps its length. */
const newItem = (boardId: string) => ({
  title: `Renewal Harbor Audit ${++count}`,
  columnId: `col_${boardId}_5`,
  values: values(),
  labels: ['vip', 'trial'],
  contactId: `contact_${count % 10_000}`,
});

const change = () => ({ title: `Renewal ${++count}`, values: { deal_value: String(count) } });

const pick = <T>(list: readonly T[]): T => {
  const element = list[Math.floor(Math.random() * list.length)];
  if (element === undefined) throw new Error('the list is empty');
  return element;
};

/** A random item of one of the boards. */
function anItem(boards: Boards) {
  const { boardId, ids } = pick(boards);
  return { boardId, ids, id: pick(ids) };
}

const create = (boards: Boards) => () => {
  const { boardId } = pick(boards);
  return graphql(createItem, { input: { boardId, ...newItem(boardId) } });
};

const update = (boards: Boards) => () => {
  const { boardId, id } = anItem(boards);
  return graphql(updateItem, { input: { boardId, id, ...change() } });
};

const createByRest = (boards: Boards) => () => {
  const { boardId } = pick(boards);
  const { columnId, contactId, ...rest } = newItem(boardId);
  const body = { ...rest, column_id: columnId, contact_id: contactId };
  return send(`POST /api/crm/boards/${boardId}/items`, body);
};

const updateByRest = (boards: Boards) => () => {
  const { boardId, id } = anItem(boards);
  return send(`PUT /api/crm/boards/${boardId}/items/${id}`, change());
};

const batch = (boards: Boards) => () => {
  const { boardId } = pick(boards);
  const items = Array.from({ length: batchSize }, () => newItem(boardId));
  return graphql(createItems, { input: { boardId, items } });
};

const moveToEnd = (boards: Boards, at: 'TOP' | 'BOTTOM') => () => {
  const { boardId, id } = anItem(boards);
  return graphql(moveItem, { input: { boardId, id, columnId: `col_${boardId}_0`, at } });
};

const moveBetween = (boards: Boards) => () => {
  const { boardId, ids, id } = anItem(boards);
  const before = pick(ids.filter((other) => other !== id));
  return graphql(moveItem, { input: { boardId, id, before } });
};

/** The write cases. Moves in long columns use one connection, because they share a board. */
export async function createWriteCases(connection: Connection): Promise<WriteCase[]> {
  const short = await readBoards(connection, writtenBoards.short);
  const [first] = short;
  const one = first ? [first] : [];
  const several = (name: string, request: () => Buffer) => ({ name, request, connections: many });
  const cases: WriteCase[] = [
    { ...several('create (REST)', createByRest(short)), target },
    { ...several('update', update(short)), target },
    { ...several('update (REST)', updateByRest(short)), target },
    several('move to the top', moveToEnd(short, 'TOP')),
    several('move to the middle', moveBetween(short)),
    several('create, all on one board', create(one)),
    // Not first: the cost of a batch is computed from it, so the code must be optimized by then.
    { ...several(createName, create(short)), target },
    { name: batchName, request: batch(short), connections: 2, seconds: 1.5 },
    { name: 'create', request: create(short), connections: 1 },
  ];
  for (const plan of Object.values(writtenBoards)) {
    const boards = await readBoards(connection, plan);
    const alone = (name: string, request: () => Buffer) =>
      cases.push({ name: `${name} of ${plan.name}`, request, connections: 1 });
    alone('move to the top', moveToEnd(boards, 'TOP'));
    alone('move to the bottom', moveToEnd(boards, 'BOTTOM'));
    alone('move to the middle', moveBetween(boards));
  }
  return cases;
}

async function readBoards(connection: Connection, plan: BoardPlan): Promise<Boards> {
  const client = new pg.Client(connection);
  await client.connect();
  const { rows } = await client.query<{ boardId: string; ids: string[] }>(
    `SELECT board_id AS "boardId", array_agg(id) AS ids FROM item
    WHERE workspace_id = $1 AND board_id = ANY($2) AND column_id = 'col_' || board_id || '_0' GROUP BY board_id`,
    [plan.workspaceId, boardIds(plan)],
  );
  await client.end();
  return rows;
}
