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
  /** Where the data is, for people. */
  place: string;
  /** Resolves with a sentence if the database has ended and cannot be started again; never, where it is not ours. */
  lost: Promise<string>;
}

const never = new Promise<string>(() => {});

/**
 * Starts or finds the database, brings it to the newest schema and opens it; from then on `watcher` hears of its
 * absences. Throws StartupError.
 */
export async function startDatabase(
  config: Pick<Config, 'dataDir' | 'databaseUrl'>,
  watcher?: AvailabilityListener,
): Promise<StartedDatabase> {
  const { databaseUrl } = config;
  if (databaseUrl !== undefined) {
    const connection = { connectionString: databaseUrl };
    await migrateOrExplain(connection, placeOf(databaseUrl));
    return { ...openDatabase(connection, watcher), place: placeOf(databaseUrl), lost: never };
  }
  let onLoss = (_sentence: string): void => {};
  const server = await startEmbedded({
    dataDir: config.dataDir,
    onLoss: (sentence) => onLoss(sentence),
  });
  try {
    await migrateOrExplain(server.connection, config.dataDir);
  } catch (error) {
    await server.stop();
    throw error;
  }
  const { db, onConnectionError, close } = openDatabase(server.connection, watcher);
  onLoss = (sentence) => onConnectionError(new Error(sentence));
  return {
    db,
    place: config.dataDir,
    lost: server.exited,
    close: async () => {
      await close();
      await server.stop();
    },
  };
}

/** The same for a command that runs beside a server: it joins the embedded database that is running already. */
export async function joinDatabase(
  config: Pick<Config, 'dataDir' | 'databaseUrl'>,
): Promise<StartedDatabase> {
  const running = config.databaseUrl === undefined ? await findRunning(config.dataDir) : undefined;
  if (running === undefined) return startDatabase(config);
  await migrateOrExplain(running, config.dataDir);
  return { ...openDatabase(running), place: config.dataDir, lost: never };
}

/** A database URL without its password. */
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
    const reason = error instanceof Error ? error.message || reasonOf(error) : String(error);
    throw new StartupError(`The database at ${place} cannot be used: ${reason.split('\n')[0]}`);
  }
}

/** Node tries every address of a host, and says why each failed in `errors` instead of the message. */
const reasonOf = (error: Error): string =>
  error instanceof AggregateError
    ? error.errors.map((one: Error) => one.message).join('; ')
    : error.name;
