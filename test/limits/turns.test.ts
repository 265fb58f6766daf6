import { expect, it } from 'vitest';
import { ApiError } from '../../src/errors.ts';
import { Turns } from '../../src/limits/turns.ts';

const createTurns = () =>
  new Turns({
    timeout: 60_000,
    createError: () => new ApiError('SERVICE_UNAVAILABLE', 'It has waited for too long.'),
  });
const { signal } = new AbortController();

it('lets one task run at once, and serves the waiting keys one after the other', async () => {
  const turns = createTurns();
  expect(turns.take('a', signal)).toBeUndefined();
  const order: string[] = [];
  const take = async (key: string, name: string) => {
    await turns.take(key, signal);
    order.push(name);
  };
  await Promise.all([take('a', 'a1'), take('a', 'a2'), take('a', 'a3'), take('b', 'b1')]);
  expect(order).toEqual(['a1', 'b1', 'a2', 'a3']);
});

it('forgets a task that is aborted while it waits', async () => {
  const turns = createTurns();
  turns.take('a', signal);
  const controller = new AbortController();
  const aborted = turns.take('a', controller.signal);
  const next = turns.take('b', signal);
  controller.abort(new Error('disconnected'));
  await expect(aborted).rejects.toThrow('disconnected');
  await next;
});
