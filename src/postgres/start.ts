import type { Config } from '../config.ts';
import type { AvailabilityListener } from './availability.ts';
import { type Connection, type Database, openDatabase } from './client.ts';
import { findRunning, hasCluster, startEmbedded } from './embedded/embedded.ts';
import { migrate, requireTables } from './migrate.ts';
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
  config: Pick<Config, 'dataDir' | 'databaseUrl'> & Partial<Pick<Config, 'pooler' | 'limits'>>,
  listener?: AvailabilityListener,
): Promise<StartedDatabase> {
  const { databaseUrl, pooler } = config;
  if (databaseUrl !== undefined) {
    const connection = { connectionString: databaseUrl, pooler };
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
  /** True where the command has created the database. */
  isNew: boolean;
  close(): Promise<void>;
}

export interface JoinOptions {
  /** True where the command is of no use without a database: a data folder without one is refused, and stays as it is. */
  mustExist?: boolean;
  /** Why the command does not create one. */
  reason?: string;
}

/**
 * Connects a command to the server of `databaseUrl`, or to the embedded one, which it starts unless another process
 * runs it. Does not migrate. Throws StartupError.
 */
export async function joinServer(
  { databaseUrl, dataDir, pooler }: Pick<Config, 'dataDir' | 'databaseUrl' | 'pooler'>,
  { mustExist = false, reason }: JoinOptions = {},
): Promise<JoinedServer> {
  const close = async () => {};
  if (databaseUrl !== undefined) {
    const connection = { connectionString: databaseUrl, pooler };
    return { connection, place: placeOf(databaseUrl), isNew: false, close };
  }
  const running = await findRunning(dataDir);
  if (running !== undefined) return { connection: running, place: dataDir, isNew: false, close };
  const isNew = !hasCluster(dataDir);
  if (mustExist && isNew)
    throw new StartupError(
      `The data folder ${dataDir} has no database${reason === undefined ? '' : `, and ${reason}`}.`,
    );
  const { connection, stop } = await startEmbedded({ dataDir });
  return { connection, place: dataDir, isNew, close: stop };
}

/**
 * Migrates and opens the database for a command, see `joinServer`. With `mustExist`, a database without tables is refused too,
 * and stays as it is.
 */
export async function joinDatabase(
  config: Pick<Config, 'dataDir' | 'databaseUrl' | 'pooler' | 'limits'>,
  options?: JoinOptions,
): Promise<Omit<StartedDatabase, 'lost'> & Pick<JoinedServer, 'isNew'>> {
  const server = await joinServer(config, options);
  try {
    await migrateOrExplain(server.connection, server.place, options?.mustExist);
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

async function migrateOrExplain(
  connection: Connection,
  place: string,
  mustHaveTables = false,
): Promise<void> {
  try {
    if (mustHaveTables) await requireTables(connection);
    await migrate(connection);
  } catch (error) {
    const reason = error instanceof Error ? error.message || messagesIn(error) : String(error);
    throw new StartupError(
      `The database at ${place} cannot be used: ${reason.split('\n')[0]}${adviceOn(reason)}`,
    );
  }
}

/** Says what to do about an error of PostgreSQL or the network, by its text. */
const advice: readonly [RegExp, string][] = [
  [
    /^unsupported startup parameter/,
    'If DATABASE_URL is a pooler in transaction mode, set DATABASE_POOLER=on',
  ],
  [
    /^permission denied for|^must be owner of/,
    'Make its role the owner: ALTER DATABASE … OWNER TO …; for the tables of another role REASSIGN OWNED BY … TO …',
  ],
  [/^database ".*" does not exist/, 'Create it: CREATE DATABASE … OWNER …'],
  [
    /^no PostgreSQL user name specified/,
    'Name the user in DATABASE_URL: postgresql://user:password@host:5432/database',
  ],
  [
    /^password authentication failed|^no pg_hba.conf entry|^role ".*" does not exist/,
    'Compare user and password of DATABASE_URL, with %40 for @ and so on, and pg_hba.conf',
  ],
  [
    /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|timeout expired/,
    'Compare host and port of DATABASE_URL, and whether PostgreSQL runs and listens there',
  ],
  [
    /^extension ".*" is not available|extension control file/,
    'Install the contrib modules of PostgreSQL on its machine',
  ],
];

function adviceOn(reason: string): string {
  const [, text] = advice.find(([pattern]) => pattern.test(reason)) ?? [];
  return text === undefined ? '' : `. ${text}`;
}

/** The error of a host with several addresses has no message, but one error for each address. */
const messagesIn = (error: Error): string =>
  error instanceof AggregateError
    ? error.errors.map((one: Error) => one.message).join('; ')
    : error.name;
