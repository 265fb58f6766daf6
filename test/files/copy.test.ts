import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { demoKey } from '../../src/seed/demo.ts';
import { mutate } from '../support/boards.ts';
import { killAfter, outputOf, runCommand } from '../support/file-commands.ts';
import { contentOf } from '../support/files.ts';
import { cleanUp, newFolder } from '../support/folders.ts';
import { build } from '../support/program.ts';
import { useServer } from '../support/servers.ts';
import { createKey, useWorld, type World } from '../support/world.ts';

const world = useWorld();
const server = useServer(world);
/** Another server, with a database of its own. */
const otherWorld = useWorld();
const otherServer = useServer(otherWorld);

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
  const { key } = await createKey(otherWorld, { inOtherWorkspace: true });
  const args = ['--from', server.url, '--key', demoKey, '--to', otherServer.url, '--to-key', key];
  if (steps > 0)
    await killAfter(steps, folder, runCommand({ url: server.url, folder }, 'import', args));
  await outputOf(runCommand({ url: server.url, folder }, 'import', args));
  expect(await outputOf(runCommand({ url: server.url, folder }, 'import', args))).toContain(
    'Sales Pipeline: imported before',
  );
  const copy = await contentOfWorkspace(otherWorld, key);
  expect(copy).toEqual(await contentOfWorkspace(world, demoKey));
});

interface ExportedColumn {
  name: string;
  color: string | null;
  settings: { wip_limit: number | null; auto_archive_days: number | null };
}

/** Creates the board of an NDJSON export, with its columns and settings. Returns its id. */
async function createFromFile(path: string, key: string): Promise<string> {
  const [line = ''] = fs.readFileSync(path, 'utf8').split('\n');
  const { name, description, settings, columns } = JSON.parse(line).board;
  const { allow_delete: allowDelete, allow_reorder: allowReorder, color } = settings;
  const input = { name, description, color, allowDelete, allowReorder };
  const board = await mutate<{ board: { id: string } }>(
    otherWorld,
    ['createBoard', input, 'board { id }'],
    { key },
  );
  const boardId = board.data?.made.board.id ?? '';
  for (const { name, color, settings } of columns as ExportedColumn[]) {
    const { wip_limit: wipLimit, auto_archive_days: autoArchiveDays } = settings;
    const input = { boardId, name, color, wipLimit, autoArchiveDays };
    await mutate(otherWorld, ['createColumn', input, 'column { id }'], { key });
  }
  return boardId;
}

it('is copied by files, board by board, though an import is killed', async () => {
  const folder = newFolder();
  const { key } = await createKey(otherWorld, { inOtherWorkspace: true });
  const { body } = await world.rest<{ name: string }[]>('GET', '/boards');
  for (const [index, { name }] of body.data.entries()) {
    const out = `${index}.ndjson`;
    const args = ['--board', name, '--format', 'ndjson', '--out', out];
    await outputOf(runCommand({ url: server.url, folder }, 'export', args));
    const board = await createFromFile(join(folder, out), key);
    const importing = () =>
      runCommand({ url: otherServer.url, folder }, 'import', [out, '--board', board, '--key', key]);
    if (index === 0) {
      const program = importing();
      await killAfter(1, folder, program);
    }
    await outputOf(importing());
  }
  const [copy, source] = [
    await contentOfWorkspace(otherWorld, key),
    await contentOfWorkspace(world, demoKey),
  ];
  expect(copy.boards).toEqual(source.boards);
  // A file has the contacts that are linked to its items.
  const linked = (contacts: object[]) => contacts.map((contact) => JSON.stringify(contact));
  expect(linked(source.contacts)).toEqual(expect.arrayContaining(linked(copy.contacts)));
});
