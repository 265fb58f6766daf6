import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { Connection } from '../../src/postgres/client.ts';
import { startEmbedded } from '../../src/postgres/embedded/embedded.ts';
import { migrate } from '../../src/postgres/migrate.ts';

/** The PostgreSQL database of a run, which all servers share. */
export interface BenchDatabase {
  connection: Connection;
  /** The connection as a URL. */
  url: string;
  /** Like `18.4`. */
  version: string;
  /** Whether the data stays for the next run. */
  isKept: boolean;
  close(): Promise<void>;
}

export interface Place {
  /** A database on another server, used by nothing but the bench. */
  url?: string | undefined;
  /** The data folder of the embedded server to keep; a temporary one by default. */
  dataDir?: string | undefined;
}

/** Starts PostgreSQL or connects to it, and applies the migrations. */
export async function openBenchDatabase({ url, dataDir }: Place): Promise<BenchDatabase> {
  if (url !== undefined) {
    const connection = { connectionString: url };
    const version = await prepare(connection);
    return { connection, url, version, isKept: true, close: async () => {} };
  }
  const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'items-bench-')));
  // Several servers have their pools on it; the gateway's own setting is for one.
  const server = await startEmbedded({ dataDir: folder, settings: { max_connections: '100' } });
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

/** A connection over a Unix socket as a URL. */
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
