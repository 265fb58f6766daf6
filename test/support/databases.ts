import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';
import { addCleanup } from './folders.ts';

/** Runs statements in one session and returns the values of the last one's rows, in one list. */
export async function query(
  connection: pg.ClientConfig,
  ...statements: string[]
): Promise<unknown[]> {
  const client = new pg.Client(connection);
  // When the server is killed, the statement fails and then the connection.
  client.on('error', () => {});
  await client.connect();
  try {
    let rows: unknown[] = [];
    for (const text of statements) rows = (await client.query({ text, rowMode: 'array' })).rows;
    return rows.flat();
  } finally {
    await client.end();
  }
}

/** The connection to the embedded database of a server that was started in a folder. */
export const embeddedConnection = (folder: string): pg.ClientConfig => ({
  host: join(folder, 'data/postgres'),
  user: 'postgres',
  database: 'postgres',
});

/** Creates an empty database on the suite's server and returns its name. */
export async function newDatabase(): Promise<string> {
  const database = `items_${randomBytes(8).toString('hex')}`;
  await query(inject('server'), `CREATE DATABASE ${database}`);
  addCleanup(() => query(inject('server'), `DROP DATABASE ${database} WITH (FORCE)`));
  return database;
}

/** The id of the postmaster of a data folder. */
export const postmasterOf = (dataDir: string): number =>
  Number(fs.readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);

/** The id of the postmaster of a server that was started in a folder. */
export const postmasterIn = (folder: string): number => postmasterOf(join(folder, 'data'));

/** The DATABASE_URL of a database, by default on the suite's server. */
export function urlOf(
  change: { user?: string; database: string },
  server: pg.ClientConfig = inject('server'),
): string {
  const { host = '', port, user, password } = server;
  const url = new URL(`postgresql://localhost:${port}/${change.database}`);
  url.username = change.user ?? user ?? '';
  url.password = typeof password === 'string' ? password : 'geheim';
  if (host.startsWith('/')) url.searchParams.set('host', host);
  else url.hostname = host;
  return url.href;
}
