import { beforeEach, expect, it } from 'vitest';
import { KeyedLimiter } from '../../src/limits/keyed-limiter.ts';

const refused = new Error('refused');
let started: string[];
let finish: Map<string, () => void>;
beforeEach(() => {
  started = [];
  finish = new Map();
});

/** Runs a task that lasts until its `finish` is called. */
const runTask = (limiter: KeyedLimiter, keys: string[], name: string): Promise<void> =>
  limiter.run(keys, () => {
    started.push(name);
    return new Promise((resolve) => finish.set(name, resolve));
  });

const newLimiter = (levels: { permits: number; maxPending?: number }[], timeout = 5000) =>
  new KeyedLimiter({ queue: 'test', levels, timeout, createError: () => refused });

/** Lets all promises settle that can. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

async function finishAll(tasks: Promise<unknown>[]): Promise<void> {
  const all = Promise.allSettled(tasks);
  let isDone = false;
  all.then(() => {
    isDone = true;
  });
  while (!isDone) {
    for (const end of finish.values()) end();
    await settled();
  }
}

it('runs as many tasks of each key as its level has permits', async () => {
  const limiter = newLimiter([{ permits: 4 }, { permits: 3 }, { permits: 2 }]);
  const paths = ['a/x', 'a/x', 'a/x', 'a/y', 'a/y', 'b/x', 'c/x'];
  const tasks = paths.map((path, n) => runTask(limiter, path.split('/'), `${n}`));
  await settled();
  expect(started).toEqual(['0', '1', '3', '5']);
  finish.get('5')?.();
  await settled();
  expect(started).toEqual(['0', '1', '3', '5', '6']);
  await finishAll(tasks);
  expect(started).toHaveLength(paths.length);
});

it('runs waiting tasks of a key in the order of their arrival', async () => {
  const limiter = newLimiter([{ permits: 5 }, { permits: 1 }]);
  const names = Array.from({ length: 20 }, (_, n) => `${n}`);
  await finishAll(names.map((name) => runTask(limiter, ['a'], name)));
  expect(started).toEqual(names);
});

it('lets a waiting task of one key take no place of another key', async () => {
  const limiter = newLimiter([{ permits: 2 }, { permits: 1 }]);
  const tasks = ['a', 'a', 'a', 'b'].map((key, n) => runTask(limiter, [key], `${key}${n}`));
  await settled();
  expect(started).toEqual(['a0', 'b3']);
  await finishAll(tasks);
});

it('refuses a task over the pending limit of a level, and accepts the next once one has ended', async () => {
  const limiter = newLimiter([
    { permits: 1, maxPending: 3 },
    { permits: 1, maxPending: 2 },
  ]);
  const first = runTask(limiter, ['a'], 'first');
  const second = runTask(limiter, ['a'], 'second');
  await expect(runTask(limiter, ['a'], 'third of a')).rejects.toBe(refused);
  const other = runTask(limiter, ['b'], 'other');
  await expect(runTask(limiter, ['c'], 'fourth of all')).rejects.toBe(refused);
  finish.get('first')?.();
  await first;
  const later = runTask(limiter, ['a'], 'later');
  await finishAll([second, other, later]);
  expect(started).toEqual(['first', 'other', 'second', 'later']);
});

it('counts a task that pauses as pending, and gives its permits to others', async () => {
  const limiter = newLimiter([{ permits: 1, maxPending: 2 }]);
  let resume = () => {};
  const pausing = limiter.join([], async (run) => {
    await run(async () => {});
    await new Promise<void>((resolve) => {
      resume = resolve;
    });
    return run(async () => 'done');
  });
  await settled();
  const other = runTask(limiter, [], 'other');
  await settled();
  expect(started).toEqual(['other']);
  await expect(runTask(limiter, [], 'one more')).rejects.toBe(refused);
  resume();
  await finishAll([pausing, other]);
  expect(await pausing).toBe('done');
});

it('refuses a task that waits longer than the timeout, and loses no permit by it', async () => {
  const limiter = newLimiter([{ permits: 2 }, { permits: 1 }], 20);
  const running = runTask(limiter, ['a'], 'running');
  await expect(runTask(limiter, ['a'], 'late')).rejects.toBe(refused);
  const other = runTask(limiter, ['b'], 'other');
  await expect(runTask(limiter, ['c'], 'late as well')).rejects.toBe(refused);
  await finishAll([running, other]);
  const next = ['a', 'c'].map((key) => runTask(limiter, [key], key));
  await settled();
  expect(started).toEqual(['running', 'other', 'a', 'c']);
  await finishAll(next);
});

it('releases the permits of a task that throws', async () => {
  const limiter = newLimiter([{ permits: 1 }, { permits: 1 }]);
  const failure = new Error('failed');
  await expect(limiter.run(['a'], () => Promise.reject(failure))).rejects.toBe(failure);
  expect(await limiter.run(['a'], async () => 'done')).toBe('done');
});
