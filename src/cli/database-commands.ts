import { resolve } from 'node:path';
import type { Config } from '../config.ts';
import { classifyDatabaseError } from '../postgres/errors.ts';
import { joinDatabase } from '../postgres/start.ts';
import { StartupError } from '../postgres/startup-error.ts';
import { type Output, runKeys } from './keys.ts';
import { runMigrate } from './migrate.ts';

interface DatabaseCommandOptions extends Output {
  config: Config;
}

/** Runs `migrate` or `keys`. Throws ConfigError for wrong arguments, StartupError for what cannot be done. */
export async function runOnDatabase(
  command: 'migrate' | 'keys',
  args: readonly string[],
  { config, print, note }: DatabaseCommandOptions,
): Promise<void> {
  if (command === 'migrate')
    return withDatabase(joinDatabase(config), (database) => runMigrate(database, args, print));
  const joined = joinDatabase(config, { mustExist: args[0] !== 'create' });
  return withDatabase(joined, ({ db, isNew, place }) => {
    if (isNew) note(`DATABASE_URL is not set: a database was created in ${resolve(place)}.`);
    return runKeys(db, args, { print, note });
  });
}

type JoinedDatabase = Awaited<ReturnType<typeof joinDatabase>>;

async function withDatabase(
  joined: Promise<JoinedDatabase>,
  run: (database: JoinedDatabase) => Promise<void>,
): Promise<void> {
  const database = await joined;
  try {
    await run(database);
  } catch (error) {
    // The database may belong to another command, which stops it when it ends.
    const classified = classifyDatabaseError(error);
    if (classified === undefined) throw error;
    throw new StartupError(`${database.place}: ${classified.message}`);
  } finally {
    await database.close();
  }
}
