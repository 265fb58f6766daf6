import * as fs from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, it, onTestFinished } from 'vitest';
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

interface OldServer {
  contacts: object[];
  items: object[];
}

/** A server of another make, with one board, whose ids are numbers of their kind. */
async function serveOld({ contacts, items }: OldServer): Promise<string> {
  const columns = [{ id: '1', name: 'One', position: 0 }];
  const board = { id: '1', name: 'Old', columns };
  const lists: Record<string, object[]> = {
    '/boards': [board],
    '/boards/1/items': items,
    '/contacts': contacts,
  };
  const old = createServer(({ url = '' }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://old');
    const path = pathname.slice('/api/crm'.length);
    const list = lists[path];
    const offset = Number(searchParams.get('offset'));
    const page = list?.slice(offset, offset + Number(searchParams.get('limit')));
    const found = path === '/boards/1' ? { data: board } : undefined;
    const reply = list ? { data: page, pagination: { total: list.length } } : found;
    response.writeHead(reply ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(reply ?? { error: { code: 'NOT_FOUND', message: 'Not found' } }));
  });
  await new Promise<void>((resolve) => void old.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void old.close());
  return `http://127.0.0.1:${(old.address() as AddressInfo).port}`;
}

it('is copied from another server: a contact that is refused holds up no other, and none becomes another', async () => {
  const folder = newFolder();
  const { key } = await createKey(otherWorld, { inOtherWorkspace: true });
  const from = await serveOld({
    contacts: [
      { id: '1', name: 'No phone', phone: 'none' },
      { id: '2', name: 'Ann', email: 'us@example.com' },
      { id: '3', name: 'Ben', email: 'us@example.com' },
      { id: '4', name: 'No phone either', phone: 'none', email: 'four@example.com' },
      { id: '5', name: 'Cy', email: 'five@example.com' },
    ],
    items: Array.from({ length: 501 }, (_, n) => ({
      id: `${n}`,
      title: `Item ${n}`,
      column_id: '1',
      labels: [],
    })),
  });
  const args = ['--from', from, '--key', 'any', '--to', otherServer.url, '--to-key', key];
  const copy = () => outputOf(runCommand({ url: otherServer.url, folder }, 'import', args));
  const names = async () => {
    const { body } = await otherWorld.rest<{ name: string }[]>('GET', '/contacts', { headers });
    return body.data.map(({ name }) => name).toSorted();
  };
  const headers = { authorization: `Bearer ${key}` };
  await otherWorld.rest('POST', '/contacts', {
    headers,
    body: { name: 'Cy', email: 'five@example.com' },
  });
  const output = await copy();
  expect(output).toContain('contact 1 (No phone): ');
  expect(output).toContain('contact 4 (No phone either): ');
  expect(output).toContain('3 contacts: 2 created, 1 found by e-mail address, 0 imported before');
  expect(output).toContain('Old: 501 rows: 501 created');
  expect(await names()).toEqual(['Ann', 'Ben', 'Cy']);
  // As if it had been killed after the first of the two who share an address.
  const [name = ''] = fs.readdirSync(folder).filter((one) => one.endsWith('.jsonl'));
  const path = join(folder, name);
  fs.writeFileSync(path, fs.readFileSync(path, 'utf8').replace(/,\["3","[^"]+"\]/, ''));
  expect(await copy()).toContain('3 contacts: 1 created, 0 found by e-mail address, 2 imported');
  expect(new Set(await names())).toEqual(new Set(['Ann', 'Ben', 'Cy']));
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
