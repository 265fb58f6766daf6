import * as fs from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { newBoard, writeConcurrently } from '../model/board/concurrent-writes.ts';
import { checkBoard, readBoard, readLog } from '../support/board-state.ts';
import { clientAt, type GatewayClient } from '../support/client.ts';
import { manyItems } from '../support/database-copies.ts';
import { embeddedConnection, query } from '../support/databases.ts';
import { outputOf } from '../support/file-commands.ts';
import { cleanUp, newFolder } from '../support/folders.ts';
import { longTimeouts } from '../support/platform.ts';
import { build, copyOfProgram, type Launch, launch, start } from '../support/program.ts';
import { seed } from '../support/property-settings.ts';
import { openStream } from '../support/streams.ts';
import { startReceiver } from '../support/webhook-receiver.ts';

vi.setConfig(longTimeouts);
beforeAll(build);
afterAll(cleanUp);

const ENCRYPTION_KEY = 'the key of both machines, of 32 characters or more';
const env = { ENCRYPTION_KEY, WEBHOOK_ALLOW_PRIVATE: 'on', RATE_LIMIT: '1000000' };

const errorOf = async (script: 'restore' | 'backup' | 'start', how: Launch, ...args: string[]) => {
  const { how: end, stderr } = await launch(script, how, ...args).ended;
  expect(end).toBe('exit code 1');
  return stderr;
};

/** The cursor after the first changes of a board, and the changes after it. */
async function readAfter({ rest }: GatewayClient, boardId: string, cursor = '') {
  const page = `/boards/${boardId}/changes?limit=${cursor === '' ? 5 : 500}&after=${cursor}`;
  const { body } = await rest<{ revision: number }[]>('GET', page);
  const { next_cursor } = body as typeof body & { next_cursor: string };
  return { changes: body.data, cursor: next_cursor };
}

it('takes a backup under load that is one moment, and restores it elsewhere: logs, cursors and webhooks go on', async () => {
  const folder = newFolder();
  const source = await start({ folder, env });
  await query(embeddedConnection(folder), manyItems);
  const target = await newBoard(clientAt(source.url));
  const { client, boardId } = target;
  const receiver = await startReceiver();
  const { body } = await client.rest<{ secret: string }>('POST', '/webhooks', {
    body: { url: receiver.url, board_ids: [boardId] },
  });
  receiver.secret = body.data.secret;
  const { cursor } = await readAfter(client, boardId);
  let isOver = false;
  let written = 0;
  const load = writeConcurrently([target], {
    seed,
    clients: 6,
    each: 1e6,
    isOver: () => isOver,
    onWrite: () => {
      written += 1;
    },
  });
  await vi.waitUntil(() => written > 50, { timeout: 30_000 });
  const before = (await readLog(target)).at(-1)?.revision ?? 0;
  const output = await outputOf(launch('backup', { folder, env }, 'items.backup'));
  expect(output).toContain('keep a copy of');
  const during = written;
  await vi.waitUntil(() => written > during + 50, { timeout: 30_000 });
  isOver = true;
  await load;
  const log = await readLog(target);
  await source.end();
  expect(fs.statSync(join(folder, 'items.backup')).mode & 0o777).toBe(0o600);

  const other = newFolder();
  const path = join(folder, 'items.backup');
  await outputOf(launch('restore', { folder: other, env }, path));
  const restored = await start({ folder: other, env });
  const copy = { client: clientAt(restored.url), boardId };
  const { revision } = await readBoard(copy);
  expect(revision).toBeGreaterThanOrEqual(before);
  expect(revision).toBeLessThan(log.at(-1)?.revision ?? 0);
  expect(await checkBoard(copy)).toEqual(log.filter((change) => change.revision <= revision));

  const later = await readAfter(copy.client, boardId, cursor);
  expect(later.changes[0]?.revision).toBe(
    (await readAfter(copy.client, boardId)).changes.at(-1)?.revision,
  );
  const created = await copy.client.rest<{ id: string }>('POST', `/boards/${boardId}/items`, {
    body: { title: 'After the restore' },
  });
  const { id } = created.body.data;
  await receiver.accepted((changes) => changes.some((change) => change.id === id));
  // A database with data is kept.
  await restored.end();
  expect(await errorOf('restore', { folder: other, env }, path)).toMatch(/data has data\. --force/);
  await outputOf(launch('restore', { folder: other, env }, path, '--force'));
  const again = await start({ folder: other, env });
  expect((await readBoard({ client: clientAt(again.url), boardId })).revision).toBe(revision);
  expect(await errorOf('restore', { folder: other, env }, path, '--force')).toContain(
    'is in use by',
  );
  await again.end();
}, 240_000);

it('expires the cursors of changes that a restored backup does not have, also once their revisions are there again', async () => {
  const folder = newFolder();
  const source = await start({ folder, env });
  const { client, boardId } = await newBoard(clientAt(source.url));
  const logs = [`/boards/${boardId}/changes`, '/contacts/changes', '/changes'];
  const write = async ({ rest }: GatewayClient) => {
    await rest('POST', `/boards/${boardId}/items`, { body: { title: 'A deal' } });
    await rest('POST', '/contacts', { body: { name: 'A person' } });
  };
  const cursorsAt = (at: GatewayClient) =>
    Promise.all(
      logs.map(async (log) => {
        const { body } = await at.rest('GET', `${log}?limit=500`);
        return (body as unknown as { next_cursor: string }).next_cursor;
      }),
    );
  const statuses = (url: string, cursors: string[]) =>
    Promise.all(
      logs.map(async (log, n) => {
        const { status } = await clientAt(url).rest('GET', `${log}?after=${cursors[n]}`);
        const stream = await openStream(`${url}/api/crm${log}/stream?after=${cursors[n]}`);
        return [status, stream.status];
      }),
    );
  await write(client);
  const kept = await cursorsAt(client);
  await outputOf(launch('backup', { folder, env }, 'items.backup'));
  await write(client);
  await write(client);
  const lost = await cursorsAt(client);
  await source.end();
  await outputOf(launch('restore', { folder, env }, 'items.backup', '--force'));
  const restored = await start({ folder, env });
  const copy = clientAt(restored.url);
  const expired = logs.map(() => [410, 410]);
  expect(await statuses(restored.url, lost)).toEqual(expired);
  for (let n = 0; n < 3; n++) await write(copy);
  // The feed of the workspace knows only that a position is later than its end.
  logs.pop();
  expect(await statuses(restored.url, lost)).toEqual(expired.slice(1));
  for (const [n, log] of logs.entries())
    expect((await copy.rest('GET', `${log}?after=${kept[n]}`)).body.data).toHaveLength(3);
  await restored.end();
}, 240_000);

it('refuses damaged, incomplete and newer files before it changes anything', async () => {
  const folder = newFolder();
  const server = await start({ folder, env });
  await server.end();
  await outputOf(launch('backup', { folder, env }, 'good'));
  const text = gunzipSync(fs.readFileSync(join(folder, 'good'))).toString();
  const damages = {
    changed: [
      text.replace('Sales Pipeline', 'Sales pipeline'),
      'its table board was changed. It is damaged: take another copy.',
    ],
    cut: [text.slice(0, -20), 'it ends too early'],
    newer: [text.replace('"0001_init"', '"0001_other"'), 'Run a newer version'],
    other: ['title,column\n', 'its line title,column is unknown. It is not a backup'],
  };
  for (const [name, [content = '', message]] of Object.entries(damages)) {
    fs.writeFileSync(join(folder, name), gzipSync(content));
    expect(await errorOf('restore', { folder, env }, name, '--force')).toContain(message);
  }
  fs.writeFileSync(join(folder, 'half'), fs.readFileSync(join(folder, 'good')).subarray(0, 20_000));
  expect(await errorOf('restore', { folder, env }, 'half', '--force')).toContain('unexpected end');
  expect(await errorOf('restore', { folder, env }, 'none')).toContain('no such file');
  const unused = newFolder();
  fs.writeFileSync(join(unused, 'text'), 'title,column');
  expect(await errorOf('restore', { folder: unused, env }, 'text')).toContain(
    'incorrect header check. It is not a backup',
  );
  expect(fs.readdirSync(unused)).toEqual(['text']);
  expect(await errorOf('backup', { folder, env }, 'nowhere/file')).toContain('cannot be written');
  expect(await errorOf('backup', { folder: newFolder(), env }, 'file')).toContain(
    'has no database',
  );
  expect(await errorOf('backup', { folder, env }, 'good')).toContain('exists. --force replaces it');
  const whole = fs.readFileSync(join(folder, 'good'));
  const wrongSum = Buffer.from(whole);
  wrongSum.writeUInt32LE((whole.readUInt32LE(whole.length - 8) ^ 1) >>> 0, whole.length - 8);
  fs.writeFileSync(join(folder, 'sum'), wrongSum);
  expect(await errorOf('restore', { folder, env }, 'sum', '--force')).toContain('data check');
  fs.writeFileSync(join(folder, 'longer'), Buffer.concat([whole, Buffer.alloc(9)]));
  expect(await errorOf('restore', { folder, env }, 'longer', '--force')).toContain('after its end');
  const output = await outputOf(launch('restore', { folder, env }, 'good', '--force', '--dry-run'));
  expect(output).toMatch(/^good is complete: it was taken at .* rows\.$/m);
  expect(output).toMatch(
    /^Dry run: nothing was changed\. .* these rows replace all rows of \S*data\.$/m,
  );
  expect(
    await errorOf('restore', { folder: newFolder(), env }, join(folder, 'good'), '--dry-run'),
  ).toContain('has no database, and a dry run creates none.');
  const { url, end } = await start({ folder, env });
  expect((await readBoard({ client: clientAt(url), boardId: 'board_abc123' })).items).toHaveLength(
    127,
  );
  await end();
});

it('restores a backup of an older version, which it then upgrades, and refuses one of a newer version', async () => {
  const folder = newFolder();
  await (await start({ folder, env })).end();
  await outputOf(launch('backup', { folder, env }, 'older'));
  const program = copyOfProgram();
  const migration = join(program, 'prisma/migrations/9999_next');
  fs.mkdirSync(migration);
  fs.writeFileSync(
    join(migration, 'migration.sql'),
    "ALTER TABLE board ADD COLUMN note text NOT NULL DEFAULT 'new';",
  );
  const newer = { folder: newFolder(), program, env };
  await outputOf(launch('restore', newer, join(folder, 'older')));
  const server = await start(newer);
  expect((await clientAt(server.url).rest<unknown[]>('GET', '/boards')).body.data).toHaveLength(8);
  const notes = 'SELECT DISTINCT note FROM board';
  expect(await query(embeddedConnection(newer.folder), notes)).toEqual(['new']);
  await server.end();
  await outputOf(launch('backup', newer, 'newer'));
  const refused = await errorOf('restore', { folder, env }, join(newer.folder, 'newer'), '--force');
  expect(refused).toMatch(/migration 9999_next, which this version does not know/);
});

it.each([
  'backup',
  'restore',
  'move',
  'keys',
  'import',
  'export',
  'migrate',
  'webhooks',
] as const)('explains %s with --help', async (script) => {
  const output = await outputOf(launch(script, { folder: newFolder() }, '--help'));
  expect(output).toContain(`npm run ${script}`);
});

it('explains the server with --help', async () => {
  const output = await outputOf(launch('start', { folder: newFolder() }, '--help'));
  expect(output).toContain('Usage: npm start');
});

it('says what is wrong with arguments', async () => {
  const end = await launch('restore', { folder: newFolder() }, 'a', 'b').ended;
  expect(end.stderr).toContain('Usage:');
});
