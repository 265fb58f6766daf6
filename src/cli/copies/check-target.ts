import type pg from 'pg';
import { otherTables } from '../../backup/tables.ts';
import { type Content, contentOf, lockTarget } from '../../backup/target.ts';
import { counted } from '../../errors.ts';
import { checkMigrations } from '../../postgres/migrations.ts';
import { StartupError } from '../../postgres/startup-error.ts';

interface Target {
  place: string;
  /** The migrations of the rows. */
  migrations: readonly string[];
  force: boolean;
}

/**
 * Returns what a target has, and keeps others from copying into it. Throws StartupError where rows of these migrations
 * cannot be loaded there.
 */
export async function checkTarget(
  client: pg.Client,
  { place, migrations, force }: Target,
): Promise<Content> {
  await checkMigrations(migrations);
  await lockTarget(client);
  await checkUnused(client, place);
  const [other] = await otherTables(client);
  if (other !== undefined)
    throw new StartupError(
      `The schema public of ${place} has the table ${other}, which is not the gateway's. Use a database of its own.`,
    );
  const content = await contentOf(client);
  if (content === 'data' && !force)
    throw new StartupError(`${place} has data. --force deletes it.`);
  return content;
}

/** The effects of a copy on a target. */
const effects: Readonly<Record<Content, string>> = {
  nothing: 'go into the empty database at',
  unfinished: 'take the place of an unfinished copy in',
  data: 'replace all rows of',
};

/** Says what a dry run has not done. */
export const dryRunMessage = (content: Content, place: string): string =>
  `Dry run: nothing was changed. Without --dry-run, these rows ${effects[content]} ${place}.`;

/** Throws StartupError where servers or commands of the gateway are connected. */
export async function checkUnused(client: pg.Client, place: string): Promise<void> {
  const { rows } = await client.query(
    `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'items-gateway'`,
  );
  if (rows.length > 0)
    throw new StartupError(
      `The database at ${place} is in use by ${counted(rows.length, 'connection')} of servers. Stop them first.`,
    );
}
