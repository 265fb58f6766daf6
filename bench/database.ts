import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { Connection } from '../src/postgres/client.ts';
import { startEmbedded } from '../src/postgres/embedded/embedded.ts';
import { migrate } from '../src/postgres/migrate.ts';

/** The PostgreSQL that all servers of a run share. */
export interface BenchDatabase {
  connection: Connection;
  /** The same as a URL. */
  url: string;
  /** Like `18.4`. */
  version: string;
  /** True where it is there for a next run. */
  isKept: boolean;
  close(): Promise<void>;
}

export interface Place {
  /** A server of the caller's, which must be there for the bench alone. */
  url?: string | undefined;
  /** A folder to keep the embedded server's data in; by default a new one that goes at the end. */
  dataDir?: string | undefined;
}

/** Starts or joins PostgreSQL and brings it to the newest schema. */
export async function openBenchDatabase({ url, dataDir }: Place): Promise<BenchDatabase> {
  if (url !== undefined) {
    const connection = { connectionString: url };
    const version = await prepare(connection);
    return { connection, url, version, isKept: true, close: async () => {} };
  }
  const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'items-bench-')));
  const server = await startEmbedded({ dataDir: folder });
  const close = async () => {
    await server.stop();
    if (dataDir === undefined) await rm(folder, { recursive: true, force: true });
  };
  try {
    const { connection } = server;
    const isKept = dataDir !== undefined;
    return {
      connection,
      url: urlOf(connection),
      version: await prepare(connection),
      isKept,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A connection by a Unix socket as a URL. */
export const urlOf = ({ host, user, database }: { host: string; user: string; database: string }) =>
  `postgresql://${user}@localhost/${database}?host=${encodeURIComponent(host)}`;

async function prepare(connection: Connection): Promise<string> {
  await migrate(connection);
  const client = new pg.Client(connection);
  await client.connect();
  const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
  await client.end();
  return rows[0]?.server_version ?? '';
}
