import { expect, it } from 'vitest';
import { HeavyWork } from '../../src/limits/heavy-work.ts';
import { Lifetime } from '../../src/request/lifetime.ts';

/** Runs executions of this time; `order` has the workspaces as they begin, and `most` how many ran at once. */
function runner(eventLoopTime: number) {
  const work = new HeavyWork();
  const order: string[] = [];
  const seen = { running: 0, most: 0 };
  const run = (workspaceId: string): Promise<void> =>
    work.run(
      {
        workspaceId,
        keyId: `key of ${workspaceId}`,
        cost: { eventLoopTime },
        cancellation: new Lifetime(10_000),
      },
      async () => {
        order.push(workspaceId);
        seen.running += 1;
        seen.most = Math.max(seen.most, seen.running);
        await new Promise((resolve) => setImmediate(resolve));
        seen.running -= 1;
      },
    );
  return { run, order, seen };
}

it('runs the heavy executions of a workspace one after the other, with pauses, beside those of others', async () => {
  const { run, order, seen } = runner(20);
  await Promise.all([run('a'), run('b')]);
  order.length = 0;
  seen.most = 0;
  const start = performance.now();
  await Promise.all(['a', 'a', 'a'].map(run));
  expect(seen.most).toBe(1);
  // The result of the last one comes before its pause.
  expect(performance.now() - start).toBeGreaterThan(2 * 2 * 20 - 5);
  order.length = 0;
  await Promise.all(['a', 'a', 'a', 'b'].map(run));
  expect(order.indexOf('b')).toBeLessThan(2);
});

it('runs light executions at once', async () => {
  const { run, seen } = runner(5);
  await run('a');
  await Promise.all(['a', 'a', 'b'].map(run));
  expect(seen.most).toBe(3);
});

it('reports the error of an execution, and goes on', async () => {
  const work = new HeavyWork();
  const execution = {
    workspaceId: 'a',
    keyId: 'key',
    cost: { eventLoopTime: 11 },
    cancellation: new Lifetime(10_000),
  };
  const fail = () => Promise.reject(new Error('failed'));
  await expect(work.run(execution, fail)).rejects.toThrow('failed');
  await expect(work.run(execution, fail)).rejects.toThrow('failed');
  expect(await work.run(execution, async () => 1)).toBe(1);
});
