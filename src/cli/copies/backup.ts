import { existsSync } from 'node:fs';
import type pg from 'pg';
import { writeBackup } from '../../backup/backup-file.ts';
import { withConnection } from '../../backup/connection.ts';
import { withSnapshot } from '../../backup/snapshot.ts';
import { counted } from '../../errors.ts';
import { checkMigrations } from '../../postgres/migrations.ts';
import type { JoinedServer } from '../../postgres/start.ts';
import { StartupError } from '../../postgres/startup-error.ts';
import { atPlace } from './at-place.ts';
import { checkSource } from './check-source.ts';
import type { CopyFlags } from './copy-flags.ts';
import { reportTo } from './report.ts';

/** Writes a backup. Throws StartupError where there is nothing to back up, or the file exists or cannot be written. */
export async function runBackup(
  source: JoinedServer,
  file: string,
  { force, print }: CopyFlags,
): Promise<void> {
  if (!force && existsSync(file)) throw new StartupError(`${file} exists. --force replaces it.`);
  const copy = async (client: pg.Client) => {
    await checkSource(client, source, print);
    const report = reportTo(print);
    await withSnapshot(client, async (snapshot) => {
      await checkMigrations(snapshot.migrations);
      await writeBackup(file, snapshot, report.table);
    });
    print(`${file} has ${counted(report.rows(), 'row')} of ${source.place}.`);
    if (report.rows('webhook') > 0)
      print(
        'It has no ENCRYPTION_KEY (DATA_DIR/encryption.key): keep a copy of that for the webhooks.',
      );
  };
  await atPlace(source.place, () => withConnection(source.connection, copy));
}
