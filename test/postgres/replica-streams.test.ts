import { expect, it, onTestFinished, vi } from 'vitest';
import { openDatabase, type Reader } from '../../src/postgres/client.ts';
import { openReplica } from '../../src/postgres/replica/replica.ts';
import { mutateOk } from '../support/boards.ts';
import { query } from '../support/databases.ts';
import { longTimeouts } from '../support/platform.ts';
import { useReplicatedDemo } from '../support/replica.ts';
import { serve } from '../support/servers.ts';
import { subscribeTo } from '../support/streams.ts';

vi.setConfig(longTimeouts);

const demo = useReplicatedDemo();

interface Page {
  cursor: string;
  changes: { version: number; item: { version: number } }[];
  board: { items: { nodes: { version: number }[] } };
}

const document = `subscription { boardChanges(boardIds: ["board_abc123"]) { cursor
  changes { version item { version } }
  board { items(first: 1, orderBy: [{ field: UPDATED_AT, direction: DESC }]) { nodes { version } } } } }`;

it.each([
  ['runs', 'SELECT 1'],
  ['is paused', 'SELECT pg_wal_replay_pause()'],
])('shows items in the events of streams at least as of their change, while the replica %s', async (_, statement) => {
  const { db, close } = openDatabase(demo.primary.connection);
  let fromPrimary = 0;
  const primary: Reader = {
    $rows(read, options) {
      if (/\bitem i\b/.test(read.text)) fromPrimary += 1;
      return db.$rows(read, options);
    },
  };
  const replica = openReplica(primary, { connection: demo.replica.connection });
  onTestFinished(async () => {
    await query(demo.replica.connection, 'SELECT pg_wal_replay_resume()');
    await replica.close();
    await close();
  });
  // Writes by the served app wake its streams at once.
  const served = demo.world.withOptions({ replica });
  const url = await serve({ withOptions: () => served });
  const stream = await subscribeTo<Page>(url, { query: document });
  await query(demo.replica.connection, statement);
  for (let n = 0; n < 30; n += 1) {
    const input = { id: 'item_001', labels: [`${statement} ${n}`] };
    await mutateOk(served, 'updateItem', input, 'item { id }');
    const page = await stream.next();
    const version = page?.changes.at(-1)?.version ?? Number.NaN;
    expect(page?.changes.at(-1)?.item.version).toBeGreaterThanOrEqual(version);
    expect(page?.board.items.nodes[0]?.version).toBeGreaterThanOrEqual(version);
  }
  if (statement.includes('pause')) expect(fromPrimary).toBeGreaterThan(20);
  // On a busy machine the replica may be late now and then.
  else expect(fromPrimary).toBeLessThan(25);
});
