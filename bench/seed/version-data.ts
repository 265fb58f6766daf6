import { hash } from 'node:crypto';
import { graphql } from '../cases/request.ts';
import { createItems, mutation } from '../cases/write-cases.ts';
import type { HttpConnection } from '../load/http-connection.ts';

/** A board of one version, with the ids of its items. */
export interface VersionBoard {
  boardId: string;
  columnIds: string[];
  itemIds: string[];
}

/** Two boards of a version: one of small items, one of large ones. */
export interface VersionData {
  small: VersionBoard;
  large: VersionBoard;
  contactIds: string[];
}

const smallItems = 1000;
export const largeItems = 40;
const batchSize = 500;
/** 50 KB of words that hardly compress, each time others. */
const largeText = (n: number): string =>
  Array.from({ length: 1250 }, (_, word) => hash('sha1', `${n} ${word}`)).join(' ');
const createBoard = mutation(
  'CreateBoardInput',
  'createBoard',
  'board { id columns { nodes { id } } }',
);
const createContact = mutation('CreateContactInput', 'createContact', 'contact { id }');
export const at = <T>(list: readonly T[], n: number): T => list[n % list.length] as T;

export const newItem = ({ small, contactIds }: VersionData, n: number) => ({
  title: `Renewal of contract ${n}`,
  columnId: at(small.columnIds, n),
  values: {
    deal_value: String((n * 7919) % 100_000),
    probability: (n % 21) * 5,
    phone: `+62813${String(n).padStart(8, '0')}`,
    email: `user${n}@mail.example`,
    source: at(['web', 'ads'], n),
    expected_close: `2025-0${1 + (n % 9)}-10`,
  },
  labels: ['hot', 'new'],
  contactId: at(contactIds, n),
});

/** Sends a request and returns the payload of its mutation. Throws on an error response. */
export async function mutate<Payload>(
  connection: HttpConnection,
  request: Buffer,
): Promise<Payload> {
  const { status, body } = await connection.send(request);
  const { data, errors } = JSON.parse(body.toString()) as {
    data?: Record<string, Payload> | null;
    errors?: object[];
  };
  const [payload] = Object.values(data ?? {});
  if (payload === undefined || errors !== undefined)
    throw new Error(`a server responded ${status}: ${body.toString().slice(0, 500)}`);
  return payload;
}

/** The ids that a prepared batch returned. */
export const idsOf = ({ results }: { results: { item: { id: string } }[] }): string[] =>
  results.map(({ item }) => item.id);

/** Creates a board and its items, spread over the columns, in batches. */
export async function fillBoard(
  connection: HttpConnection,
  { count, batch, item }: { count: number; batch: number; item: (n: number) => object },
  columns: number,
): Promise<VersionBoard> {
  const input = {
    name: 'Deals',
    columns: Array.from({ length: columns }, (_, n) => ({ name: `Stage ${n}` })),
  };
  const { board } = await mutate<{ board: { id: string; columns: { nodes: { id: string }[] } } }>(
    connection,
    graphql(createBoard, { input }),
  );
  const columnIds = board.columns.nodes.map(({ id }) => id);
  const itemIds: string[] = [];
  for (let first = 0; first < count; first += batch) {
    const items = Array.from({ length: batch }, (_, n) => ({
      ...item(first + n),
      columnId: at(columnIds, n),
    }));
    const request = graphql(createItems, { input: { boardId: board.id, items } });
    itemIds.push(...idsOf(await mutate(connection, request)));
  }
  return { boardId: board.id, columnIds, itemIds };
}

/** Creates contacts; returns their ids. */
export async function createContacts(connection: HttpConnection, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    const request = graphql(createContact, { input: { name: `Contact ${n}`, phone: `+6281${n}` } });
    ids.push((await mutate<{ contact: { id: string } }>(connection, request)).contact.id);
  }
  return ids;
}

/** Creates the boards and contacts through the gateway, as each version writes them. */
export async function createVersionData(connection: HttpConnection): Promise<VersionData> {
  const contactIds = await createContacts(connection, 50);
  const none: VersionData = {
    small: { boardId: '', columnIds: [''], itemIds: [] },
    large: { boardId: '', columnIds: [], itemIds: [] },
    contactIds,
  };
  const small = await fillBoard(
    connection,
    { count: smallItems, batch: batchSize, item: (n) => newItem(none, n) },
    6,
  );
  const large = await fillBoard(
    connection,
    {
      count: largeItems,
      batch: 10,
      item: (n) => ({ title: `Large ${n}`, values: { note: largeText(n), size: n } }),
    },
    1,
  );
  return { small, large, contactIds };
}
