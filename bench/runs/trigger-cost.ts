import pg from 'pg';
import type { Connection } from '../../src/postgres/client.ts';
import { median } from '../load/load.ts';
import { boardId, workspaceId, writtenBoards } from '../seed/board-plans.ts';
import { fixed, type Row, toTable } from './table.ts';

/** Rows per INSERT. */
const sizes = [1, 500];
const rowsOfRound = 500;
const rounds = 5;

const triggers = { value: 'item_value_insert', log: 'item_audit_insert' };

/** The stages of the table, from the fewest indexes and triggers to all; `without` removes the others. */
const tables: readonly { name: string; without: readonly string[] }[] = [
  {
    name: 'the row and its B-trees',
    without: [off(triggers.value), off(triggers.log), 'DROP INDEX item_content_idx'],
  },
  { name: '+ the index of contents', without: [off(triggers.value), off(triggers.log)] },
  { name: '+ the table of values', without: [off(triggers.log)] },
  { name: '+ counts and log (all)', without: [] },
];

function off(trigger: string): string {
  return `ALTER TABLE item DISABLE TRIGGER ${trigger}`;
}

/** $1 the workspace, $2 the board, $3 how many rows. */
const insert = `INSERT INTO item (workspace_id, board_id, column_id, id, title, position, "values", labels, created_by_id)
  SELECT $1, $2::text, 'col_' || $2 || '_5', 'item_' || gen_random_uuid(), 'Renewal Harbor Audit ' || n, n,
    jsonb_build_object('deal_value', (n * 137)::text, 'probability', n % 100, 'phone', '+62813' || n,
      'email', 'new' || n || '@bench.example', 'source', 'website', 'expected_close', '2026-05-01'),
    '{vip,trial}', 'agent_0'
  FROM generate_series(1, $3::integer) n`;

/** The cost of an item with and without triggers and indexes, as a table. Everything is rolled back. */
export async function triggerCosts(connection: Connection): Promise<string> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    const times = tables.map(() => sizes.map((): number[] => []));
    for (let round = 0; round < rounds; round++) {
      for (const [at, { without }] of tables.entries()) {
        await client.query('BEGIN');
        for (const statement of without) await client.query(statement);
        for (const [n, size] of sizes.entries()) times[at]?.[n]?.push(await timeOf(client, size));
        await client.query('ROLLBACK');
      }
    }
    const head = ['cost of an INSERT', ...sizes.map((size) => `ms a row, ${size} at once`)];
    const rows = tables.map(
      ({ name }, at): Row => [name, ...(times[at] ?? []).map((each) => fixed(median(each), 3))],
    );
    return toTable(head, rows);
  } finally {
    await client.end();
  }
}

/** The ms per row. */
async function timeOf(client: pg.Client, size: number): Promise<number> {
  const values = [workspaceId, boardId(writtenBoards.short), size];
  const run = () => client.query({ name: `insert ${size}`, text: insert, values });
  await run();
  const start = performance.now();
  for (let done = 0; done < rowsOfRound; done += size) await run();
  return (performance.now() - start) / rowsOfRound;
}
