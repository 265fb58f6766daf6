import { writeBackup } from '../../backup/backup-file.ts';
import { withConnection, withSnapshot } from '../../backup/snapshot.ts';
import { contentOf } from '../../backup/target.ts';
import type { JoinedServer } from '../../postgres/start.ts';
import { StartupError } from '../../postgres/startup-error.ts';
import { reportTo } from './report.ts';

/** Writes a backup. Throws StartupError where there is nothing to back up, or the file cannot be written. */
export async function runBackup(
  { connection, place }: JoinedServer,
  file: string,
  print: (text: string) => void,
): Promise<void> {
  await withConnection(connection, async (client) => {
    if ((await contentOf(client)) !== 'data')
      throw new StartupError(`The database at ${place} has no data.`);
    const report = reportTo(print);
    await withSnapshot(client, (snapshot) => writeBackup(file, snapshot, report.table));
    print(`${file} has the ${report.rows()} rows of ${place}.`);
    if (report.rows('webhook') > 0)
      print(
        'It has no ENCRYPTION_KEY (DATA_DIR/encryption.key): keep a copy of that for the webhooks.',
      );
  });
}
