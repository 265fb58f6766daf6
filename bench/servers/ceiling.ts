import type { IncomingMessage, ServerResponse } from 'node:http';
import process from 'node:process';
import pg from 'pg';
import { workspaceId } from '../seed/board-plans.ts';
import { graphqlPage, restItem, restList } from './ceiling-statements.ts';
import { listen, readJson, readPath } from './listener.ts';

// The ceiling: the least work with which a Node server can return the same responses. PostgreSQL builds the whole body
// in one statement; no API key, no GraphQL, no validation. The difference to the gateway is the cost of the gateway.

/** The pool size of the gateway. */
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });

const pageSize = 50;

interface PageRequest {
  variables: { boardId: string };
}

interface Statement {
  name: string;
  text: string;
  values: (string | number)[];
}

async function statementFor(request: IncomingMessage): Promise<Statement | undefined> {
  if (request.method === 'POST') {
    const { variables } = (await readJson(request)) as PageRequest;
    const values = [workspaceId, variables.boardId, pageSize];
    return { name: 'page', text: graphqlPage, values };
  }
  const path = readPath(request.url);
  if (path === undefined) return undefined;
  const { boardId, itemId } = path;
  return itemId === undefined
    ? { name: 'list', text: restList, values: [workspaceId, boardId, pageSize] }
    : { name: 'item', text: restItem, values: [workspaceId, boardId, itemId] };
}

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const statement = await statementFor(request);
  const { rows } = statement ? await pool.query<{ body: string }>(statement) : { rows: [] };
  const body = Buffer.from(rows[0]?.body ?? '{}');
  response.writeHead(rows[0] === undefined ? 404 : 200, {
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
