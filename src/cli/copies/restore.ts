import type pg from 'pg';
import { BackupReader, checkBackup } from '../../backup/backup-reader.ts';
import { withConnection } from '../../backup/connection.ts';
import { clear, finish, load } from '../../backup/target.ts';
import type { Pooler } from '../../config.ts';
import { counted } from '../../errors.ts';
import { migrate, migrateTables } from '../../postgres/migrate.ts';
import type { JoinedServer } from '../../postgres/start.ts';
import { StartupError } from '../../postgres/startup-error.ts';
import { atPlace } from './at-place.ts';
import { checkTarget, dryRunMessage } from './check-target.ts';
import type { CopyFlags } from './copy-flags.ts';
import { reportTo } from './report.ts';

/** A file that was read to its end, and is complete. */
interface CheckedFile {
  file: string;
  migrations: Awaited<ReturnType<typeof checkBackup>>['migrations'];
}

/**
 * Reads a backup to its end, before a database is created for it. Throws StartupError where the file is damaged, or the
 * target is no PostgreSQL itself.
 */
export async function checkFile(
  file: string,
  pooler: Pooler | undefined,
  { isDry, print }: CopyFlags,
): Promise<CheckedFile> {
  // Its lock on the target belongs to a session, which a pooler would give to others.
  if (pooler !== undefined)
    throw new StartupError(
      'A restore needs a session of its own: set DATABASE_URL to PostgreSQL itself, without DATABASE_POOLER.',
    );
  const checked = reportTo(isDry ? print : () => {});
  const { migrations, takenAt } = await checkBackup(file, checked.table);
  print(
    `${file} is complete: it was taken at ${takenAt} and has ${counted(checked.rows(), 'row')}.`,
  );
  return { file, migrations };
}

/**
 * Replaces the rows of a database by those of a backup. Throws StartupError, and changes nothing, where the backup is newer
 * than this version, or the database is in use or has data and `force` is false.
 */
export async function runRestore(
  { connection, place }: JoinedServer,
  { file, migrations }: CheckedFile,
  { isDry, force, print }: CopyFlags,
): Promise<void> {
  const copy = async (client: pg.Client) => {
    const content = await checkTarget(client, { place, migrations, force });
    if (isDry) return print(dryRunMessage(content, place));
    await clear(client);
    await migrateTables(client, migrations);
    const reader = new BackupReader(file);
    await reader.readHeader();
    const report = reportTo(print);
    for await (const table of reader.readTables()) await load(client, table, report.table);
    await finish(client);
    await migrate(connection);
    print(`${place} has the rows of ${file}.`);
  };
  await atPlace(place, () => withConnection(connection, copy));
}
