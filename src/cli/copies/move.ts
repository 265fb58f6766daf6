import type pg from 'pg';
import { hashOf } from '../../auth/api-keys.ts';
import { withConnection } from '../../backup/connection.ts';
import { digesting, digestOf } from '../../backup/digest.ts';
import { type Snapshot, withSnapshot } from '../../backup/snapshot.ts';
import type { Table } from '../../backup/tables.ts';
import { clear, finish, keepLoaded, load } from '../../backup/target.ts';
import { counted } from '../../errors.ts';
import { migrate, migrateTables } from '../../postgres/migrate.ts';
import type { JoinedServer } from '../../postgres/start.ts';
import { demoKey } from '../../seed/demo.ts';
import { atPlace, rowsAtPlace } from './at-place.ts';
import { checkSource } from './check-source.ts';
import { checkTarget, checkUnused, dryRunMessage } from './check-target.ts';
import type { CopyFlags } from './copy-flags.ts';
import { reportTo } from './report.ts';

/** The demo key is public: a database that is moved to a server leaves it behind. */
const conditions = { api_key: `hash <> '\\x${Buffer.from(hashOf(demoKey)).toString('hex')}'` };

/**
 * Copies a database to another server and compares the rows. Nobody can write to the source meanwhile. One that was
 * killed goes on after the last complete table. Throws StartupError, and changes nothing, where a database is in use, or
 * the target has data and `force` is false.
 */
export async function runMove(
  source: JoinedServer,
  target: JoinedServer,
  { isDry, force, print }: CopyFlags,
): Promise<void> {
  const copyTo = async (to: pg.Client, snapshot: Snapshot) => {
    const { migrations, tables } = snapshot;
    const content = await checkTarget(to, { place: target.place, migrations, force });
    const report = reportTo(print);
    if (isDry) {
      for (const table of tables)
        report.table(table, await digestOf(digesting(snapshot.rowsOf(table))));
      return print(dryRunMessage(content, target.place));
    }
    if (content !== 'unfinished' || force) await clear(to);
    await migrateTables(to, migrations);
    const kept = await keepLoaded(to, snapshot);
    if (kept > 0) print(`Copied before: ${counted(kept, 'table')}.`);
    for (const table of tables.slice(kept))
      await load(to, { table, rows: digesting(snapshot.rowsOf(table)) }, report.table);
    await finish(to);
    await migrate(target.connection);
    print(`${target.place} has all rows of ${source.place}, without the demo key.`);
  };
  const copyFrom = async (from: pg.Client) => {
    await checkSource(from, source, print);
    if (!isDry) await checkUnused(from, source.place);
    const copy = async (snapshot: Snapshot) => {
      // Again, as a server may have connected before the tables were locked.
      if (!isDry) await checkUnused(from, source.place);
      const rowsOf = (table: Table) => rowsAtPlace(source.place, snapshot.rowsOf(table));
      await atPlace(target.place, () =>
        withConnection(target.connection, (to) => copyTo(to, { ...snapshot, rowsOf })),
      );
    };
    await withSnapshot(from, copy, { isLocked: !isDry, conditions });
  };
  await atPlace(source.place, () => withConnection(source.connection, copyFrom));
}
