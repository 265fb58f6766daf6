import createClient, { type Middleware } from 'openapi-fetch';
import type { paths } from './generated/openapi.ts';

/** A server and a key with all scopes. */
export interface Target {
  url: string;
  key: string;
}

interface Result<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** The data of a response. Throws for an error of the API. */
async function dataOf<Data>(call: Promise<Result<Data>>): Promise<NonNullable<Data>> {
  const { data, error, response } = await call;
  if (data === undefined || data === null)
    throw new Error(`${response.url}: ${response.status} ${JSON.stringify(error)}`);
  return data;
}

/** Ends a stream after its headers. */
async function endStream(call: Promise<Result<ReadableStream<Uint8Array> | null>>): Promise<void> {
  await (await dataOf(call)).cancel();
}

/** Calls each endpoint once, as an integration with generated types would. Returns method and path of the calls. */
export async function callEveryEndpoint({ url, key }: Target): Promise<string[]> {
  const called: string[] = [];
  const record: Middleware = {
    onRequest({ request, schemaPath }) {
      called.push(`${request.method} ${schemaPath}`);
    },
  };
  const client = createClient<paths>({
    baseUrl: `${url}/api/crm`,
    headers: { authorization: `Bearer ${key}` },
  });
  client.use(record);
  await callBoards(client);
  await callItems(client);
  await callLogs(client);
  await callContacts(client);
  await callWebhooks(client);
  await callKeys(client);
  return called;
}

type Client = ReturnType<typeof createClient<paths>>;
const boardId = 'board_abc123';

async function callBoards({ GET, POST }: Client): Promise<void> {
  const boards = await dataOf(GET('/boards', { params: { query: { limit: 2 } } }));
  const total: number = boards.pagination.total + boards.data.length;
  const board = await dataOf(GET('/boards/{id}', { params: { path: { id: boardId } } }));
  const columnId = board.data.columns[total > 0 ? 0 : 1]?.id ?? '';
  const path = { boardId, columnId };
  const column = await dataOf(GET('/boards/{boardId}/columns/{columnId}', { params: { path } }));
  const name: string = column.data.name.toUpperCase();
  const byName = { params: { path: { boardId } }, body: { name } };
  const found = await dataOf(POST('/boards/{boardId}/columns/by-name', byName));
  if (found.data.id !== columnId) throw new Error('another column has this name');
}

async function callItems({ GET, POST, PUT, DELETE }: Client): Promise<void> {
  const board = { path: { boardId } };
  const created = await dataOf(
    POST('/boards/{boardId}/items', {
      params: { ...board, header: { 'Idempotency-Key': 'typed-client-1' } },
      body: { title: 'Typed', column_name: 'Lead', values: { deal_value: '1' }, labels: ['typed'] },
    }),
  );
  const { id: itemId, version } = created.data;
  const item = { path: { boardId, itemId } };
  const read = await dataOf(GET('/boards/{boardId}/items/{itemId}', { params: item }));
  const phone: string | null | undefined = read.data.contact?.phone;
  const list = { ...board, query: { column_id: read.data.column_id, limit: 500, search: 'Typed' } };
  const rows = await dataOf(GET('/boards/{boardId}/items', { params: list }));
  const next: string | null = rows.next_cursor;
  await dataOf(
    POST('/boards/{boardId}/items/search', {
      params: board,
      body: {
        query: 'typed',
        value_filters: { deal_value: { gte: '1' } },
        filter: { labels: { hasAny: ['typed'] } },
        sort_by: 'values.deal_value',
        sort_order: 'asc',
        cursor: next ?? undefined,
      },
    }),
  );
  const update = { column_name: 'Qualified', expected_version: version, values: { phone } };
  await dataOf(PUT('/boards/{boardId}/items/{itemId}', { params: item, body: update }));
  await dataOf(DELETE('/boards/{boardId}/items/{itemId}', { params: item, body: {} }));
  const batch = await dataOf(
    POST('/boards/{boardId}/items/batch', {
      params: board,
      body: {
        mode: 'per_item',
        operations: [
          { op: 'create', title: 'Typed too', column_name: 'Lead' },
          { op: 'update', id: 'item_001', labels: ['typed'] },
        ],
      },
    }),
  );
  const ids = batch.data.results.flatMap(({ action, item }) =>
    action === 'created' && item ? [item.id] : [],
  );
  await dataOf(DELETE('/boards/{boardId}/items', { params: board, body: { item_ids: ids } }));
}

/** Calls that the compiler must refuse. They are compiled, and never run. */
export async function refusedCalls({ GET, PUT }: Client): Promise<void> {
  const item = { path: { boardId, itemId: 'item_001' } };
  const read = await dataOf(GET('/boards/{boardId}/items/{itemId}', { params: item }));
  // @ts-expect-error: an item has no field of this name.
  void read.data.titel;
  // @ts-expect-error: a version is a number.
  await PUT('/boards/{boardId}/items/{itemId}', { params: item, body: { expected_version: '2' } });
  // @ts-expect-error: items are sorted in one of two directions.
  await GET('/boards/{boardId}/items', { params: { ...item, query: { sort_order: 'up' } } });
}

async function callLogs({ GET, POST }: Client): Promise<void> {
  const board = { path: { boardId } };
  const file = { params: { ...board, query: { format: 'csv' as const, bom: 'true' as const } } };
  const csv: string = await dataOf(
    GET('/boards/{boardId}/export', { ...file, parseAs: 'text' as const }),
  );
  const report = await dataOf(
    POST('/boards/{boardId}/import', {
      params: { ...board, query: { validate_only: true } },
      body: csv,
      bodySerializer: (text) => text,
      headers: { 'content-type': 'text/csv' },
    }),
  );
  const failed: number = report.data.failed;
  if (failed > 0) throw new Error(`an exported row is refused: ${report.data.errors[0]?.message}`);

  const changes = await dataOf(
    GET('/boards/{boardId}/changes', { params: { ...board, query: { limit: 10 } } }),
  );
  const after = changes.next_cursor ?? undefined;
  const filter = JSON.stringify({ title: { contains: 'Typed' } });
  await endStream(
    GET('/boards/{boardId}/changes/stream', {
      params: { ...board, query: { after, filter } },
      parseAs: 'stream',
    }),
  );
  await dataOf(GET('/changes', { params: { query: { after: 'now' } } }));
  await endStream(GET('/changes/stream', { parseAs: 'stream' }));
  const contacts = await dataOf(GET('/contacts/changes', {}));
  await endStream(
    GET('/contacts/changes/stream', {
      params: { query: { after: contacts.next_cursor ?? undefined } },
      parseAs: 'stream',
    }),
  );
}

async function callContacts({ GET, POST, PUT, DELETE }: Client): Promise<void> {
  const person = { name: 'Typed Person', email: 'typed@acme.example' };
  const created = await dataOf(POST('/contacts', { body: person }));
  const path = { id: created.data.id };
  await dataOf(GET('/contacts', { params: { query: { email: person.email } } }));
  await dataOf(POST('/contacts/search', { body: { query: 'typed', sort_by: 'created_at' } }));
  await dataOf(GET('/contacts/{id}', { params: { path } }));
  await dataOf(PUT('/contacts/{id}', { params: { path }, body: { phone: '+49 30 1234567' } }));
  const contacts = [{ name: 'Second Typed Person', email: 'second@acme.example' }];
  const batch = await dataOf(POST('/contacts/batch', { body: { match_on: 'email', contacts } }));
  const second = batch.data.results[0]?.contact?.id ?? '';
  const merge = { contact_ids: [second] };
  const merged = await dataOf(POST('/contacts/{id}/merge', { params: { path }, body: merge }));
  if (!merged.data.merged_ids?.includes(second)) throw new Error('the contact is not merged');
  await dataOf(DELETE('/contacts', { body: { contact_ids: [path.id] } }));
}

async function callWebhooks({ GET, POST, PUT, DELETE }: Client): Promise<void> {
  const created = await dataOf(POST('/webhooks', { body: { url: 'https://hooks.example/typed' } }));
  const params = { path: { id: created.data.id } };
  await dataOf(GET('/webhooks', { params: { query: { limit: 10 } } }));
  await dataOf(GET('/webhooks/{id}', { params }));
  await dataOf(PUT('/webhooks/{id}', { params, body: { events: ['item_created'] } }));
  await dataOf(POST('/webhooks/{id}/enable', { params, body: {} }));
  await dataOf(POST('/webhooks/{id}/ping', { params, body: {} }));
  const resend = { board_id: boardId, from_revision: 0 };
  await dataOf(POST('/webhooks/{id}/resend', { params, body: resend }));
  await dataOf(GET('/webhooks/{id}/attempts', { params }));
  const rotated = await dataOf(POST('/webhooks/{id}/rotate-secret', { params, body: {} }));
  if (rotated.data.secret === created.data.secret) throw new Error('the secret is the old one');
  await dataOf(DELETE('/webhooks/{id}', { params, body: {} }));
}

async function callKeys({ GET, POST, DELETE }: Client): Promise<void> {
  const created = await dataOf(POST('/keys', { body: { name: 'Typed', scope: 'read' } }));
  await dataOf(GET('/keys', {}));
  await dataOf(DELETE('/keys/{id}', { params: { path: { id: created.data.id } }, body: {} }));
}
