import type { IncomingMessage, ServerResponse } from 'node:http';
import process from 'node:process';
import pg from 'pg';
import { workspaceId } from '../seed/board-plans.ts';
import { graphqlPage, type Response, restItem, restList } from './ceiling-statements.ts';
import { listen, readJson, readPath } from './listener.ts';

// The ceiling: the least work with which a Node server can return the same responses. One prepared statement with plain
// columns, whose text becomes JSON by hand; no API key, no GraphQL, no validation, no limits. The difference to the
// gateway is the cost of the gateway.

/** The pool size of the gateway. */
const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  max: 10,
  types: { getTypeParser: () => (cell: string) => cell },
});

const pageSize = 50;

interface PageRequest {
  variables: { boardId: string };
}

interface Query {
  response: Response;
  values: (string | number)[];
}

async function queryOf(request: IncomingMessage): Promise<Query | undefined> {
  if (request.method === 'POST') {
    const { variables } = (await readJson(request)) as PageRequest;
    return { response: graphqlPage, values: [workspaceId, variables.boardId, pageSize + 1] };
  }
  const path = readPath(request.url);
  if (path === undefined) return undefined;
  const { boardId, itemId } = path;
  return itemId === undefined
    ? { response: restList, values: [workspaceId, boardId, pageSize + 1] }
    : { response: restItem, values: [workspaceId, boardId, itemId] };
}

async function read({ response, values }: Query): Promise<string | undefined> {
  const { name, text, body } = response;
  const { rows } = await pool.query<string[]>({ name, text, values, rowMode: 'array' });
  return body(rows, pageSize);
}

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const query = await queryOf(request);
  const text = query && (await read(query));
  const body = Buffer.from(text ?? '{}');
  response.writeHead(text === undefined ? 404 : 200, {
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
