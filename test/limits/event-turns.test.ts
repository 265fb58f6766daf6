import { expect, it } from 'vitest';
import { EventTurns } from '../../src/limits/event-turns.ts';

it('gives each event a turn of the event loop, in their order, and others one in between', async () => {
  const turns = new EventTurns();
  const order: string[] = [];
  let loops = 0;
  let isOver = false;
  // Runs once in each turn of the event loop.
  const countLoops = () => {
    loops += 1;
    if (!isOver) setImmediate(countLoops);
  };
  setImmediate(countLoops);
  const seen: number[] = [];
  await Promise.all(
    ['a', 'b', 'c', 'd'].map(async (name) => {
      await turns.take();
      order.push(name);
      seen.push(loops);
    }),
  );
  isOver = true;
  expect(order).toEqual(['a', 'b', 'c', 'd']);
  expect(new Set(seen).size).toBe(4);
});
