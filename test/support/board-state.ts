import { expect } from 'vitest';
import type { BoardTarget } from './client.ts';

export interface ItemState {
  id: string;
  columnId: string;
  position: number;
  title: string;
  values: Record<string, unknown>;
  labels: string[];
  contactId: string | null;
  createdById: string;
  version: number;
  createdAt: string;
}

export interface ColumnState {
  id: string;
  name: string;
  position: number;
  color: string;
  wipLimit: number | null;
  autoArchiveDays: number | null;
  itemsCount: number;
}

/** All that a board is: its columns from left to right, its items as the board shows them. */
export interface BoardState {
  revision: number;
  columns: ColumnState[];
  items: ItemState[];
}

interface Page<Node> {
  nodes: Node[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

export interface Change {
  revision: number;
  subject: 'ITEM' | 'COLUMN' | 'BOARD';
  subjectId: string;
  action: 'CREATED' | 'UPDATED' | 'MOVED' | 'SHIFTED' | 'DELETED';
  version: number | null;
  fields: { field: string; before: unknown; after: unknown }[];
}

const selections = {
  items: `nodes { id columnId position title values labels contact { id } createdBy { id } version createdAt }`,
  changes: `nodes { revision subject subjectId action version fields { field before after } }`,
};

const timeOf = (text: unknown): string => new Date(String(text)).toISOString();

/** All nodes of one of a board's connections, page by page. */
async function walk<Node>(
  { client, boardId }: BoardTarget,
  { name, args, size }: { name: keyof typeof selections; args: string; size: number },
): Promise<Node[]> {
  const nodes: Node[] = [];
  for (let after: string | null = null; ; ) {
    const variables: object = { id: boardId, after, size };
    const reply = await client.graphql<{ board: Record<string, Page<Node>> }>(
      `query ($id: ID!, $after: String, $size: Int!) { board(id: $id) {
        ${name}(first: $size, after: $after${args}) {
          ${selections[name]} pageInfo { hasNextPage endCursor } } } }`,
      variables,
    );
    expect(reply.errors).toBeUndefined();
    const page: Page<Node> | undefined = reply.data.board[name];
    if (page === undefined) throw new Error(`a board has ${name}`);
    nodes.push(...page.nodes);
    if (!page.pageInfo.hasNextPage) return nodes;
    after = page.pageInfo.endCursor;
  }
}

/** The log of a board from its beginning, in pages of a size. */
export const readLog = (target: BoardTarget, size = 500): Promise<Change[]> =>
  walk(target, { name: 'changes', args: '', size });

/** A board as the server shows it while nobody writes. */
export async function readBoard(target: BoardTarget): Promise<BoardState> {
  const { client, boardId } = target;
  const { data, errors } = await client.graphql<{
    board: { revision: number; itemsCount: number; columns: { nodes: ColumnState[] } };
  }>(
    `query ($id: ID!) { board(id: $id) { revision itemsCount columns(first: 500) { nodes {
      id name position color itemsCount settings { wipLimit autoArchiveDays } } } } }`,
    { id: boardId },
  );
  expect(errors).toBeUndefined();
  type Row = Omit<ItemState, 'contactId' | 'createdById'> & {
    contact: { id: string } | null;
    createdBy: { id: string };
  };
  const rows = await walk<Row>(target, {
    name: 'items',
    args: ', orderBy: [{ field: POSITION }]',
    size: 500,
  });
  const { revision, itemsCount, columns } = data.board;
  expect(itemsCount).toBe(rows.length);
  return {
    revision,
    columns: columns.nodes.map((column) => {
      const { settings, ...rest } = column as ColumnState & { settings: object };
      return { ...rest, ...settings };
    }),
    items: rows.map(({ contact, createdBy, ...row }) => ({
      ...row,
      contactId: contact?.id ?? null,
      createdById: createdBy.id,
      createdAt: timeOf(row.createdAt),
    })),
  };
}

/** Some ids and versions of a board at one moment, while others write. */
export async function peek({
  client,
  boardId,
}: BoardTarget): Promise<Pick<BoardState, 'columns' | 'items'>> {
  const { data } = await client.graphql<{
    board: Record<'columns' | 'items', { nodes: never[] }>;
  } | null>(
    `query ($id: ID!) { board(id: $id) {
      columns(first: 100) { nodes { id name } } items(first: 100) { nodes { id version } } } }`,
    { id: boardId },
  );
  if (!data) throw new Error('the board cannot be seen');
  return { columns: data.board.columns.nodes, items: data.board.items.nodes };
}

/** The items of one column, in their order. */
export const itemsIn = ({ items }: Pick<BoardState, 'items'>, columnId: string): ItemState[] =>
  items.filter((item) => item.columnId === columnId);

/**
 * Checks the invariants of a board after any writes: its log, replayed from the start, results in the board,
 * and has no gaps; the `before` of every entry is the state before it; versions count the entries; no two items share
 * a place. Returns the log.
 */
export async function checkBoard(target: BoardTarget, pageSize = 500): Promise<Change[]> {
  const board = await readBoard(target);
  const log = await readLog(target, pageSize);
  for (const { id, itemsCount } of board.columns) {
    const places = itemsIn(board, id).map(({ position }) => position);
    expect(places, 'no two items share a place').toEqual(
      [...new Set(places)].sort((a, b) => a - b),
    );
    expect(itemsCount, `the count of ${id}`).toBe(places.length);
  }
  expect(board.columns.map(({ position }) => position)).toEqual([...board.columns.keys()]);
  expect(replay(log)).toEqual(board);
  return log;
}

type Fields = Record<string, unknown>;

/** Builds a board from its log alone. */
const replay = (log: readonly Change[]): BoardState | undefined => [...statesOf(log)].at(-1);

/**
 * The board as it was after each revision, by its log alone; each entry is checked against what the ones before it
 * say.
 */
export function* statesOf(log: readonly Change[]): Generator<BoardState> {
  const rows: Record<Change['subject'], Map<string, Fields>> = {
    ...{ ITEM: new Map(), COLUMN: new Map(), BOARD: new Map() },
  };
  let revision = log[0]?.revision ?? 0;
  for (const { subject, subjectId: id, action, version, fields, ...change } of log) {
    expect([revision, revision + 1], 'revisions have no gaps').toContain(change.revision);
    if (change.revision > revision) yield stateOf(revision, rows);
    revision = change.revision;
    const known = rows[subject];
    expect(known.has(id), `${action} ${id} at ${revision}`).toBe(action !== 'CREATED');
    const { version: was, ...row } = known.get(id) ?? { version: subject === 'ITEM' ? 0 : null };
    for (const { field, before, after } of fields) {
      expect(row[field] ?? null, `${field} of ${id} before ${revision}`).toEqual(before);
      if (after === null) delete row[field];
      else row[field] = after;
    }
    const counts = subject === 'ITEM' && action !== 'SHIFTED' && action !== 'DELETED';
    expect(version, `the version of ${id} at ${revision}`).toBe(counts ? Number(was) + 1 : was);
    known.set(id, { ...row, version });
    if (action === 'DELETED') {
      expect(row, `what is left of ${id}`).toEqual({});
      known.delete(id);
    } else if (action === 'MOVED' || action === 'SHIFTED') {
      const names = fields.map(({ field }) => field).filter((name) => name !== 'columnId');
      expect(names.filter((name) => name !== 'position')).toEqual([]);
    }
  }
  yield stateOf(revision, rows);
}

function stateOf(
  revision: number,
  rows: Record<'ITEM' | 'COLUMN', ReadonlyMap<string, Fields>>,
): BoardState {
  const items = [...rows.ITEM].map(([id, row]) => itemOf(id, row));
  const columns = [...rows.COLUMN].map(([id, row]) => columnOf(id, row, itemsIn({ items }, id)));
  columns.sort((a, b) => a.position - b.position);
  const placeOf = ({ columnId }: ItemState) => columns.findIndex(({ id }) => id === columnId);
  items.sort((a, b) => placeOf(a) - placeOf(b) || a.position - b.position);
  return { revision, columns, items };
}

function itemOf(id: string, row: Fields): ItemState {
  const values = Object.entries(row).filter(([name]) => name.startsWith('values.'));
  const { columnId, position, title, labels, contactId = null, createdById, version } = row;
  return {
    ...({ id, columnId, position, title, labels, contactId, createdById, version } as ItemState),
    values: Object.fromEntries(values.map(([name, value]) => [name.slice(7), value])),
    createdAt: timeOf(row.createdAt),
  };
}

function columnOf(id: string, row: Fields, items: readonly ItemState[]): ColumnState {
  const { name, position, color, wipLimit = null, autoArchiveDays = null } = row;
  const said = { id, name, position, color, wipLimit, autoArchiveDays };
  return { ...said, itemsCount: items.length } as ColumnState;
}
