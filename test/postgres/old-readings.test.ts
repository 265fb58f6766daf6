import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, inject, it } from 'vitest';
import { migrate } from '../../src/postgres/migrate.ts';
import { newDatabase, query } from '../support/databases.ts';
import { cleanUp, newFolder } from '../support/folders.ts';
import { project } from '../support/platform.ts';

afterAll(cleanUp);

/** The migrations before 0004_readings, without functions: they belong to the newest tables. */
function oldMigrations(): URL {
  const folder = newFolder();
  for (const name of ['0001_init', '0002_limits', '0003_contact_log'])
    cpSync(join(project, 'prisma/migrations', name), join(folder, 'migrations', name), {
      recursive: true,
    });
  cpSync(
    join(project, 'prisma/functions/slot_after.sql'),
    join(folder, 'functions/slot_after.sql'),
  );
  return pathToFileURL(`${folder}/`);
}

const values = {
  ...{ code: '01234', phone: '+15550101234', amount: ' 50000 ', due: '2025-03-20 10:00' },
  ...{ text: 'Straße', email: 'A@X.io', number: 5550101234 },
};

const setUp = [
  "INSERT INTO workspace (id, name) VALUES ('w', 'w')",
  "INSERT INTO agent (workspace_id, id, name) VALUES ('w', 'a', 'a')",
  "INSERT INTO board (workspace_id, id, name) VALUES ('w', 'b', 'b')",
  "INSERT INTO board_column (workspace_id, board_id, id, name, position) VALUES ('w', 'b', 'c', 'c', 0)",
  `INSERT INTO item (workspace_id, board_id, column_id, id, title, position, created_by_id, "values")
   VALUES ('w', 'b', 'c', 'i', 'Łódź', 1, 'a', '${JSON.stringify(values)}')`,
  `INSERT INTO item_value (workspace_id, board_id, key, reading, number, text, item_id)
   SELECT 'w', 'b', v.key, v.reading, v.number, v.text, 'i' FROM item i, item_value_rows(i."values") v`,
];

it('brings the search text and the value index of existing items to the new readings', async () => {
  const connection = { ...inject('server'), database: await newDatabase() };
  await migrate(connection, oldMigrations());
  await query(connection, ...setUp);
  const readings = 'SELECT json_object_agg(key, reading ORDER BY key) FROM item_value';
  expect(await query(connection, readings)).toEqual([
    { amount: 't', code: 'n', due: 't', email: 't', number: 'n', phone: 'n', text: 't' },
  ]);
  await migrate(connection);
  expect(await query(connection, readings)).toEqual([
    { amount: 'n', code: 't', due: 'd', email: 't', number: 'n', phone: 't', text: 't' },
  ]);
  const stored = `SELECT v.key, v.number::text, v.text FROM item_value v WHERE v.key IN ('amount', 'code') ORDER BY 1`;
  expect(await query(connection, stored)).toEqual(['amount', '50000', '', 'code', '0', '01234']);
  const [search] = await query(connection, 'SELECT search FROM item');
  expect(search).toMatch(/^lodz\n/);
  expect(search).toContain('strasse');
  const trigrams =
    "SELECT count(*)::integer FROM pg_indexes WHERE indexname = 'item_board_content_idx'";
  expect(await query(connection, trigrams)).toEqual([1]);
});
