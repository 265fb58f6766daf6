import type { Config } from '../config.ts';
import {
  type AvailabilityListener,
  type Connection,
  type Database,
  openDatabase,
} from './client.ts';
import { findRunning, hasCluster, startEmbedded } from './embedded/embedded.ts';
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

/** A database server that a command is connected to. */
export interface JoinedServer extends Pick<StartedDatabase, 'connection' | 'place'> {
  close(): Promise<void>;
}

interface JoinOptions {
  /** True where the command is of no use without a database: a folder without one is refused, and stays as it is. */
  mustExist?: boolean;
}

/**
 * Connects a command to the server of `databaseUrl`, or to the embedded one, which it starts unless another process
 * runs it. Does not migrate. Throws StartupError.
 */
export async function joinServer(
  { databaseUrl, dataDir, isPooled }: Pick<Config, 'dataDir' | 'databaseUrl' | 'isPooled'>,
  { mustExist = false }: JoinOptions = {},
): Promise<JoinedServer> {
  const close = async () => {};
  if (databaseUrl !== undefined) {
    const connection = { connectionString: databaseUrl, isPooled };
    return { connection, place: placeOf(databaseUrl), close };
  }
  const running = await findRunning(dataDir);
  if (running !== undefined) return { connection: running, place: dataDir, close };
  if (mustExist && !hasCluster(dataDir))
    throw new StartupError(`The data folder ${dataDir} has no database.`);
  const { connection, stop } = await startEmbedded({ dataDir });
  return { connection, place: dataDir, close: stop };
}

/** Migrates and opens the database for a command, see `joinServer`. */
export async function joinDatabase(
  config: Pick<Config, 'dataDir' | 'databaseUrl' | 'isPooled' | 'limits'>,
): Promise<Omit<StartedDatabase, 'lost'>> {
  const server = await joinServer(config);
  try {
    await migrateOrExplain(server.connection, server.place);
  } catch (error) {
    await server.close();
    throw error;
  }
  const { db, close } = openDatabase(server.connection, undefined, config.limits);
  return {
    ...server,
    db,
    close: async () => {
      await close();
      await server.close();
    },
  };
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
