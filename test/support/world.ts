import { randomBytes } from 'node:crypto';
import type { lookup } from 'node:dns';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, inject } from 'vitest';
import { type App, type AppOptions, createApp } from '../../src/app.ts';
import { newKey, storeKey } from '../../src/auth/api-keys.ts';
import type { Scope } from '../../src/auth/scopes.ts';
import { newId } from '../../src/ids.ts';
import { type Connection, openDatabase, type PrismaClient } from '../../src/postgres/client.ts';
import type { RequestContextOptions } from '../../src/request/create-contexts.ts';
import { demoKey } from '../../src/seed/demo.ts';
import { runOn } from './citus.ts';
import { expectDescribed } from './described.ts';

/** The fields of a REST body that tests read. */
export interface RestBody<Data = unknown> {
  success: boolean;
  data: Data;
  status_code?: number;
  error?: {
    code: string;
    message: string;
    details?: { field: string; message: string }[];
    current?: unknown;
    changed_fields?: string[];
    conflicting_fields?: string[];
  };
  pagination?: { total: number; limit: number; offset: number };
  total?: number;
}

export interface RestReply<Data> {
  status: number;
  headers: Headers;
  body: RestBody<Data>;
}

export interface GraphQLReply<Data> {
  status: number;
  data: Data;
  errors?: {
    message: string;
    extensions: {
      code: string;
      details?: { field: string; message?: string }[];
      current?: unknown;
      changedFields?: string[];
      conflictingFields?: string[];
    };
  }[];
}

export interface RestCall {
  body?: unknown;
  headers?: Record<string, string>;
}

/** GraphQL and REST calls to an app. */
export interface AppClient {
  app: App;
  /**
   * Sends a REST request. The path is below /api/crm; text and bytes are sent unchanged. Other
   * content than JSON is returned as text.
   */
  rest<Data = Record<string, unknown>>(
    method: string,
    path: string,
    call?: RestCall,
  ): Promise<RestReply<Data>>;
  graphql<Data = Record<string, unknown>>(
    query: string,
    variables?: object,
    key?: string,
  ): Promise<GraphQLReply<Data>>;
}

/** A gateway with the demo world of the documentation, in its own database. */
export interface World extends AppClient {
  db: PrismaClient;
  connection: Connection;
  /** The SQL statements that `run` sends, including transaction control. */
  statementsOf(run: () => Promise<unknown>): Promise<string[]>;
  /** Another app on the same database. */
  withOptions(options: WorldOptions): AppClient;
  close(): Promise<void>;
}

type WorldOptions = Partial<Omit<AppOptions, 'db'>>;

/** Encrypts the secrets of webhooks. */
export const encryptionKey = 'an encryption key for tests, of 32 characters or more';

/** Tests of webhooks send to this machine only: no name has an address. */
const noNames = ((_: string, __: object, callback: (error: Error) => void) =>
  callback(new Error('tests resolve no names'))) as unknown as typeof lookup;

const origin = 'http://gateway.test';

/** A copy of the template database, which contains the demo world. */
async function createDatabase(): Promise<{ connection: Connection; drop(): Promise<void> }> {
  const server = inject('server');
  const database = `items_${randomBytes(8).toString('hex')}`;
  const servers = [server, ...inject('workers')];
  await runOn(servers, `CREATE DATABASE ${database} TEMPLATE ${inject('template')}`);
  return {
    connection: { ...server, database },
    drop: () => runOn(servers, `DROP DATABASE ${database} WITH (FORCE)`),
  };
}

/** A gateway on a database that has the demo workspace. */
export function openWorld(connection: Connection, options: RequestContextOptions = {}): World {
  const { db, close } = openDatabase(connection);
  const withOptions = (changed: WorldOptions) =>
    clientOf(
      createApp({
        db,
        log: pino({ level: 'silent' }),
        rateLimit: 1_000_000,
        demoKey,
        webhooks: { encryptionKey, resolve: noNames },
        ...options,
        ...changed,
      }),
    );
  return { ...withOptions({}), withOptions, db, connection, statementsOf, close };
}

async function createWorld(options: RequestContextOptions): Promise<World> {
  const { connection, drop } = await createDatabase();
  const world = openWorld(connection, options);
  // The first statement of a process asks for the kind of the database: that of no test.
  await world.db.$rows({ text: 'SELECT 1', values: [] });
  return {
    ...world,
    async close() {
      await world.close();
      await drop();
    },
  };
}

const bytesOf = (body: unknown): string | Uint8Array<ArrayBuffer> =>
  typeof body === 'string' || body instanceof Uint8Array
    ? (body as string | Uint8Array<ArrayBuffer>)
    : JSON.stringify(body);

function clientOf(app: App): AppClient {
  return {
    app,
    async rest(method, path, { body, headers } = {}) {
      const response = await app.fetch(`${origin}/api/crm${path}`, {
        method,
        headers: {
          authorization: `Bearer ${demoKey}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: bytesOf(body) }),
      });
      const isJson = response.headers.get('content-type')?.startsWith('application/json');
      const content = isJson
        ? await response.json()
        : { success: response.ok, data: await response.text() };
      const reply = { status: response.status, headers: response.headers, body: content };
      if (isJson) expectDescribed(method, path, reply);
      return reply;
    },
    async graphql(query, variables = {}, key = demoKey) {
      const response = await app.fetch(`${origin}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      });
      return { status: response.status, ...(await response.json()) };
    },
  };
}

/** Records the statements of node-postgres while `run` runs, by wrapping the method that sends them all. */
async function statementsOf(run: () => Promise<unknown>): Promise<string[]> {
  const statements: string[] = [];
  const original = pg.Client.prototype.query;
  const spy = function (this: pg.Client, ...args: unknown[]) {
    const [query] = args;
    statements.push(typeof query === 'string' ? query : (query as { text: string }).text);
    return Reflect.apply(original, this, args);
  };
  Object.assign(pg.Client.prototype, { query: spy });
  try {
    await run();
  } finally {
    Object.assign(pg.Client.prototype, { query: original });
  }
  return statements;
}

/** A world for the tests of a file, closed after them. */
export function useWorld(options: RequestContextOptions = {}): World {
  const world = {} as World;
  beforeAll(async () => void Object.assign(world, await createWorld(options)));
  afterAll(() => world.close());
  return world;
}

/** Creates an API key in the demo workspace, or in a new workspace. */
export async function createKey(
  { db }: Pick<World, 'db'>,
  options: {
    inOtherWorkspace?: boolean;
    isReadOnly?: boolean;
    scope?: Scope;
    expiresAt?: Date;
  } = {},
): Promise<{ key: string; id: string; workspaceId: string }> {
  const { inOtherWorkspace = false, isReadOnly = false, expiresAt } = options;
  const { scope = isReadOnly ? 'read' : 'write' } = options;
  const workspaceId = inOtherWorkspace ? newId('workspace') : 'workspace_demo';
  if (inOtherWorkspace) await db.workspace.create({ data: { id: workspaceId, name: 'Other' } });
  const agentId = newId('agent');
  await db.agent.create({ data: { workspaceId, id: agentId, name: 'Tester' } });
  const key = newKey();
  const { id } = await storeKey(db, key, { workspaceId, agentId, name: 'Test', scope, expiresAt });
  return { key, id, workspaceId };
}
