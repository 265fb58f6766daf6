import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { beforeEach, expect, it } from 'vitest';
import { createBoard, type TestBoard } from '../support/boards.ts';
import { codeOf, send as sendTo, type Write } from '../support/raw-requests.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();

let board: TestBoard;
beforeEach(async () => {
  board = await createBoard(world, { A: ['a', 'b'] });
});

const send = (write: Write) => sendTo(world, write);
const create = (title = 'x'): Write => ({
  path: `/api/crm/boards/${board.id}/items`,
  body: { title },
});
const mutation = (text: string): Write => ({ body: { query: `mutation { ${text} }` } });

/** Runs something while another connection holds the board, so that no write can get past it. */
async function whileHeld<T>(run: (release: () => Promise<unknown>) => Promise<T>): Promise<T> {
  const holder = new pg.Client(world.connection);
  await holder.connect();
  try {
    await holder.query('BEGIN');
    await holder.query(
      "SELECT 1 FROM board WHERE workspace_id = 'workspace_demo' AND id = $1 FOR UPDATE",
      [board.id],
    );
    return await run(() => holder.query('COMMIT'));
  } finally {
    await holder.end();
  }
}

/** Resolves once a backend waits for a row of the board. */
async function someoneWaits(): Promise<void> {
  for (;;) {
    const [row] = await world.db.$queryRaw<
      { waiting: boolean }[]
    >`SELECT EXISTS (SELECT FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock') AS waiting`;
    if (row?.waiting) return;
  }
}

it.each([
  ['POST an item', () => create()],
  [
    'createItem',
    () => mutation(`createItem(input: { boardId: "${board.id}", title: "x" }) { item { id } }`),
  ],
  [
    'createColumn',
    () => mutation(`createColumn(input: { boardId: "${board.id}", name: "x" }) { column { id } }`),
  ],
])('refuses an equal request while the first one runs: %s', async (_, write) => {
  const sent = { ...write(), key: randomUUID() };
  const first = await whileHeld(async (release) => {
    const running = send(sent);
    await someoneWaits();
    const twin = await send(sent);
    expect(codeOf(twin)).toEqual([sent.path ? 409 : 200, 'IDEMPOTENCY_KEY_IN_USE']);
    await release();
    return running;
  });
  expect(await send(sent)).toEqual({ ...first, isReplayed: true });
});

it('creates one item for many concurrent equal requests', async () => {
  const sent = { ...create('twin'), key: randomUUID() };
  const replies = await Promise.all(Array.from({ length: 12 }, () => send(sent)));
  const made = replies.filter(({ status }) => status === 201);
  expect(new Set(made.map(({ text }) => text)).size).toBe(1);
  expect(made.filter(({ isReplayed }) => !isReplayed)).toHaveLength(1);
  expect(replies.every(({ status }) => status === 201 || status === 409)).toBe(true);
  expect(await world.db.item.count({ where: { boardId: board.id, title: 'twin' } })).toBe(1);
});

const age = (key: string, hours: number) => world.db.$executeRaw`UPDATE idempotency_record
  SET created_at = now() - ${hours} * interval '1 hour' WHERE key LIKE ${key}`;

it('keeps a key for 24 hours', async () => {
  const sent = { ...create(), key: randomUUID() };
  const first = await send(sent);
  await age(sent.key, 23.9);
  expect(await send(sent)).toEqual({ ...first, isReplayed: true });
  await age(sent.key, 24.1);
  const second = await send(sent);
  expect(second).toMatchObject({ status: 201, isReplayed: false });
  expect(await send(sent)).toEqual({ ...second, isReplayed: true });
});
