import type { BoardTarget } from '../../support/client.ts';
import {
  type ColumnChoice,
  isOfColumn,
  type Outcome,
  type ResultOf,
  type SendOptions,
  type Write,
} from './write.ts';

/** Sends a write; by GraphQL where REST has no path for it. */
export async function send(
  { client, boardId }: BoardTarget,
  write: Write,
  how: SendOptions = { door: 'graphql' },
): Promise<Outcome> {
  const headers = how.key === undefined ? {} : { 'idempotency-key': how.key };
  const request = how.door === 'rest' ? restOf(boardId, write) : undefined;
  if (request === undefined) return sendGraphQL({ client, boardId }, write, { ...how, headers });
  const { method, path, body } = request;
  const validate_only = how.validateOnly ? { validate_only: true } : {};
  const reply = await client.rest<RestData>(method, path, {
    body: { ...body, ...validate_only },
    headers,
  });
  return {
    ...headOf(reply),
    code: reply.body.error?.code ?? null,
    message: reply.body.error?.message ?? null,
    results: reply.body.success ? restResults(reply.body.data) : [],
  };
}

const headOf = ({ status, headers }: { status: number; headers: Headers }) => ({
  status,
  isReplayed: headers.get('idempotency-replayed') === 'true',
  retryAfter: headers.get('retry-after'),
});

interface ItemData {
  id: string;
  version: number;
}

interface RestData extends Partial<ItemData> {
  item_ids?: string[];
  results?: { action: string; item: ItemData | null; error: { code: string } | null }[];
}

function restResults({ results, item_ids, ...item }: RestData): ResultOf[] {
  if (results !== undefined) {
    return results.map(({ action, item, error }) => ({
      action: action.toUpperCase(),
      id: item?.id ?? null,
      version: item?.version ?? null,
      code: error?.code ?? null,
    }));
  }
  if (item_ids !== undefined)
    return item_ids.map((gone) => ({ action: 'DELETED', id: gone, version: null, code: null }));
  return [{ action: null, id: item.id ?? null, version: item.version ?? null, code: null }];
}

const restNames: Record<string, string> = {
  columnId: 'column_id',
  columnName: 'column_name',
  contactId: 'contact_id',
  expectedVersion: 'expected_version',
  matchOn: 'match_on',
};

const toSnakeCase = (fields: object): object =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [restNames[name] ?? name, value]),
  );

/** The REST request of a write; undefined where REST has no path for it. */
function restOf(boardId: string, write: Write) {
  if (isOfColumn(write)) return undefined;
  const { field, operations, place = {}, mode } = write;
  const path = `/boards/${boardId}/items`;
  const [first] = operations;
  const isPlaced = Object.keys(place).length > 0;
  if (field === 'createItem' && first?.op === 'create' && !isPlaced) {
    const { op: _, ...fields } = first;
    return { method: 'POST', path, body: toSnakeCase(fields) };
  }
  const isPosition = place.position !== undefined || !isPlaced;
  if (field === 'updateItem' && first?.op === 'update' && isPosition) {
    const { op: _, id, ...fields } = first;
    return { method: 'PUT', path: `${path}/${id}`, body: { ...toSnakeCase(fields), ...place } };
  }
  if (field === 'deleteItems' && mode === 'PER_ITEM') {
    const item_ids = operations.map((operation) => ('id' in operation ? operation.id : ''));
    return { method: 'DELETE', path, body: { item_ids } };
  }
  if (field === 'writeItems')
    return {
      method: 'POST',
      path: `${path}/batch`,
      body: { operations: operations.map(toSnakeCase), mode: mode.toLowerCase() },
    };
  return undefined;
}

interface GraphQLData {
  written: {
    item?: ItemData;
    column?: { id: string };
    ids?: string[];
    results?: { action: string; item: ItemData | null; error: { code: string } | null }[];
  } | null;
}

const selectionOf = ({ field }: Write): string => {
  if (field === 'deleteColumn') return 'ids: deletedIds';
  if (field === 'createColumn' || field === 'updateColumn') return 'column { id }';
  if (/Items$/.test(field)) return 'results { action item { id version } error { code } }';
  return 'item { id version }';
};

async function sendGraphQL(
  { client, boardId }: BoardTarget,
  write: Write,
  { validateOnly = false, headers }: SendOptions & { headers: Record<string, string> },
): Promise<Outcome> {
  const { field } = write;
  const type = `${field.charAt(0).toUpperCase()}${field.slice(1)}Input`;
  const reply = await client.graphql<GraphQLData | null>(
    `mutation ($input: ${type}!, $validateOnly: Boolean) {
      written: ${field}(input: $input, validateOnly: $validateOnly) { ${selectionOf(write)} } }`,
    { input: inputOf(boardId, write), validateOnly },
    { headers },
  );
  const { item, column, ids, results } = reply.data?.written ?? {};
  const one = item ?? column ?? (ids && { id: ids[0] ?? null });
  return {
    ...headOf(reply),
    code: reply.errors?.[0]?.extensions.code ?? null,
    message: reply.errors?.[0]?.message ?? null,
    results:
      results?.map(({ action, item: its, error }) => ({
        action,
        id: its?.id ?? null,
        version: its?.version ?? null,
        code: error?.code ?? null,
      })) ?? (one ? [{ action: null, version: null, code: null, ...one }] : []),
  };
}

function inputOf(boardId: string, write: Write): object {
  if (isOfColumn(write))
    return write.field === 'createColumn' ? { boardId, ...write.input } : write.input;
  const { field, operations, place, mode } = write;
  const list = operations.map(({ op: _, ...fields }) => fields);
  const ids = operations.map((operation) => ('id' in operation ? operation.id : ''));
  const [first] = operations;
  switch (field) {
    case 'createItem':
      return { boardId, ...list[0], ...place };
    case 'updateItem':
    case 'moveItem':
    case 'deleteItem':
      return { ...list[0], ...place };
    case 'createItems':
    case 'updateItems':
      return { boardId, items: list, mode };
    case 'deleteItems':
      return { boardId, ids, mode };
    case 'moveItems': {
      const { columnId, columnName } = (first ?? {}) as ColumnChoice;
      return { boardId, ids, columnId, columnName, ...place };
    }
    case 'upsertItems': {
      const items = list.map((fields) => ({ ...fields, matchOn: undefined }));
      return { boardId, matchOn: first?.op === 'upsert' ? first.matchOn : '', items, mode };
    }
    case 'writeItems':
      return {
        boardId,
        mode,
        operations: operations.map(({ op, ...fields }) => {
          if (op !== 'upsert') return { [op]: fields };
          const { matchOn, ...item } = fields as { matchOn: string };
          return { upsert: { matchOn, item } };
        }),
      };
  }
}
