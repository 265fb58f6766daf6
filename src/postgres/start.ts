import type { Config } from '../config.ts';
import {
  type AvailabilityListener,
  type Connection,
  type Database,
  openDatabase,
} from './client.ts';
import { findRunning, startEmbedded } from './embedded/embedded.ts';
import { migrate } from './migrate.ts';
import { StartupError } from './startup-error.ts';

export interface StartedDatabase extends Omit<Database, 'onConnectionError'> {
  /** For other processes that open the database. */
  connection: Connection;
  /** The data folder, or the URL without its password; for messages. */
  place: string;
  /** Resolves with the reason if the embedded database ended and cannot be restarted. Pending for other servers. */
  lost: Promise<string>;
}

const never = new Promise<string>(() => {});

/**
 * Starts the embedded database, or connects to the one of `databaseUrl`; migrates and opens it. Throws StartupError.
 */
export async function startDatabase(
  config: Pick<Config, 'dataDir' | 'databaseUrl'> & Partial<Pick<Config, 'isPooled' | 'limits'>>,
  listener?: AvailabilityListener,
): Promise<StartedDatabase> {
  const { databaseUrl, isPooled = false } = config;
  if (databaseUrl !== undefined) {
    const connection = { connectionString: databaseUrl, isPooled };
    await migrateOrExplain(connection, placeOf(databaseUrl));
    return {
      ...openDatabase(connection, listener, config.limits),
      connection,
      place: placeOf(databaseUrl),
      lost: never,
    };
  }
  let onLoss = (_reason: string): void => {};
  const server = await startEmbedded({
    dataDir: config.dataDir,
    onLoss: (reason) => onLoss(reason),
  });
  try {
    await migrateOrExplain(server.connection, config.dataDir);
  } catch (error) {
    await server.stop();
    throw error;
  }
  const { db, onConnectionError, close } = openDatabase(server.connection, listener, config.limits);
  onLoss = (reason) => onConnectionError(new Error(reason));
  return {
    db,
    connection: server.connection,
    place: config.dataDir,
    lost: server.exited,
    close: async () => {
      await close();
      await server.stop();
    },
  };
}

/** Opens the database for a command: the embedded one of a running server if there is one. Throws StartupError. */
export async function joinDatabase(
  config: Pick<Config, 'dataDir' | 'databaseUrl' | 'isPooled'>,
): Promise<StartedDatabase> {
  const running = config.databaseUrl === undefined ? await findRunning(config.dataDir) : undefined;
  if (running === undefined) return startDatabase(config);
  await migrateOrExplain(running, config.dataDir);
  return { ...openDatabase(running), connection: running, place: config.dataDir, lost: never };
}

/** A database URL without password and query. */
function placeOf(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.password = '';
  url.search = '';
  return url.href;
}

async function migrateOrExplain(connection: Connection, place: string): Promise<void> {
  try {
    await migrate(connection);
  } catch (error) {
    const reason = error instanceof Error ? error.message || messagesIn(error) : String(error);
    throw new StartupError(
      `The database at ${place} cannot be used: ${reason.split('\n')[0]}${adviceOn(reason)}`,
    );
  }
}

const adviceOn = (reason: string): string =>
  reason.startsWith('unsupported startup parameter')
    ? '. If DATABASE_URL is a pooler in transaction mode, set DATABASE_POOLER=on'
    : '';

/** The error of a host with several addresses has no message, but one error for each address. */
const messagesIn = (error: Error): string =>
  error instanceof AggregateError
    ? error.errors.map((one: Error) => one.message).join('; ')
    : error.name;
