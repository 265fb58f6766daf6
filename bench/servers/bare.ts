import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import process from 'node:process';
import pg from 'pg';
import { workspaceId } from '../seed/board-plans.ts';
import { listen, readJson, readPath } from './listener.ts';

// The least work with which a Node server can do the same writes: `node:http`, node-postgres and the gateway's own
// statement, whose JSON is the response. No API key, no GraphQL, no validation.

/** The pool size of the gateway. */
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });

interface Input {
  boardId?: string;
  id?: string;
  columnId?: string;
  title?: string;
  labels?: string[];
  values?: object;
  contactId?: string;
  before?: string;
  at?: string;
  items?: Input[];
}

interface Write {
  boardId: string | undefined;
  operations: object[];
  place: object | null;
}

/** An operation in the format of the statement. */
const operationOf = (
  { id, columnId, values, contactId, title, labels }: Input,
  n: number,
): object => ({
  n,
  op: id === undefined ? 'create' : 'update',
  id,
  newId: `item_${randomUUID()}`,
  ...(values && { set: values, removed: [] }),
  columnId,
  fields: { title, labels, contact_id: contactId },
});

async function writeOf(request: IncomingMessage): Promise<Write> {
  const json = (await readJson(request)) as { variables?: { input: Input } } & Input;
  const path = readPath(request.url);
  if (path !== undefined) {
    const { boardId, itemId: id } = path;
    const input = { ...inCamelCase(json), ...(id !== undefined && { id }) };
    return { boardId, operations: [operationOf(input, 0)], place: null };
  }
  const { boardId, before, at, items, ...input } = json.variables?.input ?? {};
  const place = before ? { before } : at ? { at } : null;
  return { boardId, operations: (items ?? [input]).map(operationOf), place };
}

const inCamelCase = (json: object): Input =>
  Object.fromEntries(
    Object.entries(json).map(([key, value]) => [
      key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );

const text = `SELECT write_items($1, 'agent_0', $2, $3::jsonb, $4::jsonb, FALSE, FALSE, FALSE, NULL, NULL, NULL)::text AS body`;

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { boardId, operations, place } = await writeOf(request);
  const values = [workspaceId, boardId, JSON.stringify(operations), place && JSON.stringify(place)];
  const { rows } = await pool.query<{ body: string }>({ name: 'write', text, values });
  const body = Buffer.from(rows[0]?.body ?? '');
  response.writeHead(body.includes('"fault"') ? 500 : 200, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': body.length,
  });
  response.end(body);
}

listen((request, response) => {
  respond(request, response).catch((error) => {
    process.stderr.write(`${error}\n`);
    response.writeHead(500).end();
  });
});
