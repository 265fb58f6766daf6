import { afterEach, beforeAll, expect, it } from 'vitest';
import { demoKey } from '../../src/seed/demo.ts';
import { killAfter, outputOf, runCommand } from '../support/file-commands.ts';
import { contentOf } from '../support/files.ts';
import { cleanUp, newFolder } from '../support/folders.ts';
import { build } from '../support/program.ts';
import { useServer } from '../support/servers.ts';
import { createKey, useWorld, type World } from '../support/world.ts';

const world = useWorld();
const server = useServer(world);

beforeAll(build);
afterEach(cleanUp);

/** All of a workspace that REST shows, without ids, times and authors. */
async function contentOfWorkspace({ rest }: Pick<World, 'rest'>, key: string) {
  const headers = { authorization: `Bearer ${key}` };
  const get = async <Data>(path: string) => (await rest<Data>('GET', path, { headers })).body.data;
  type Named = { id: string; name: string };
  const boards = await get<Named[]>('/boards?limit=500');
  const content = await Promise.all(
    boards.map(async ({ id }) => {
      const board = await get<{ columns: Named[] } & Named>(`/boards/${id}`);
      const names = new Map(board.columns.map((column) => [column.id, column.name]));
      const columns = await Promise.all(
        board.columns.map((column) => get<object>(`/boards/${id}/columns/${column.id}`)),
      );
      const items = await get<Record<string, unknown>[]>(`/boards/${id}/items?limit=500`);
      return {
        ...withoutIdentity(board),
        columns: columns.map(withoutIdentity),
        items: items.map((item) =>
          contentOf({ ...item, column_name: names.get(String(item.column_id)) }),
        ),
      };
    }),
  );
  const contacts = await get<object[]>('/contacts?limit=500');
  const order = (a: object, b: object) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  return {
    boards: content.toSorted(order),
    contacts: contacts.map(withoutIdentity).toSorted(order),
  };
}

function withoutIdentity(row: object): object {
  const identity = ['id', 'board_id', 'created_at', 'updated_at', 'merged_ids'];
  return Object.fromEntries(Object.entries(row).filter(([name]) => !identity.includes(name)));
}

it.each([
  [0],
  [2],
  [6],
  [12],
])('is copied whole, though the copy is killed after %s steps', async (steps) => {
  const folder = newFolder();
  const { key } = await createKey(world, { inOtherWorkspace: true });
  const args = ['--from', server.url, '--key', demoKey, '--to', server.url, '--to-key', key];
  if (steps > 0)
    await killAfter(steps, folder, runCommand({ url: server.url, folder }, 'import', args));
  await outputOf(runCommand({ url: server.url, folder }, 'import', args));
  expect(await outputOf(runCommand({ url: server.url, folder }, 'import', args))).toContain(
    'Sales Pipeline: imported before',
  );
  expect(await contentOfWorkspace(world, key)).toEqual(await contentOfWorkspace(world, demoKey));
});
