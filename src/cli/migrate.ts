import { ConfigError } from '../config.ts';
import { distribute } from '../postgres/distribute.ts';
import type { StartedDatabase } from '../postgres/start.ts';
import { StartupError } from '../postgres/startup-error.ts';
import { usages } from './usages.ts';

/** Reports that the database, which is migrated when it is opened, is up to date; with `--distribute`, distributes it. */
export async function runMigrate(
  { connection, place }: Pick<StartedDatabase, 'connection' | 'place'>,
  [option, ...rest]: readonly string[],
  print: (text: string) => void,
): Promise<void> {
  if (rest.length > 0 || (option !== undefined && option !== '--distribute'))
    throw new ConfigError(`Unknown argument '${rest[0] ?? option}'. ${usages.migrate}`);
  print(`The database at ${place} is up to date.`);
  if (option === undefined) return;
  const tables = await distribute(connection).catch((error: Error) => {
    throw new StartupError(`The database at ${place} cannot be distributed: ${error.message}`);
  });
  const changes = tables.length === 0 ? 'as it was before' : `newly ${tables.join(', ')}`;
  print(`Its tables are distributed by workspace: ${changes}.`);
}
