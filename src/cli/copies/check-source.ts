import type pg from 'pg';
import { otherTables } from '../../backup/tables.ts';
import { contentOf } from '../../backup/target.ts';
import type { JoinedServer } from '../../postgres/start.ts';
import { StartupError } from '../../postgres/startup-error.ts';

/** Names the tables of others, which are not copied. Throws StartupError where there is nothing to copy. */
export async function checkSource(
  client: pg.Client,
  { place }: JoinedServer,
  print: (text: string) => void,
): Promise<void> {
  if ((await contentOf(client)) !== 'data')
    throw new StartupError(`The database at ${place} has no data.`);
  for (const other of await otherTables(client))
    print(`The table ${other} is not the gateway's: it is left out.`);
}
