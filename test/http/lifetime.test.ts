import { expect, it, onTestFinished, vi } from 'vitest';
import { Lifetime } from '../../src/request/lifetime.ts';

/** A lifetime of one second, whose clock stands still. */
function createLifetime(): Lifetime {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  return new Lifetime(1000);
}

it('ends at its time limit, which begins anew after all that has none', async () => {
  const lifetime = createLifetime();
  const ends: (() => void)[] = [];
  const parts = [0, 1].map(() =>
    lifetime.withoutTimeout(() => new Promise<void>((end) => void ends.push(end))),
  );
  vi.advanceTimersByTime(5000);
  ends[0]?.();
  await parts[0];
  vi.advanceTimersByTime(5000);
  expect(lifetime.isEnded).toBe(false);
  ends[1]?.();
  await parts[1];
  vi.advanceTimersByTime(999);
  expect(lifetime.isEnded).toBe(false);
  vi.advanceTimersByTime(1);
  expect(lifetime.isEnded).toBe(true);
});

it('has no time limit once it is that of a stream', async () => {
  const lifetime = createLifetime();
  lifetime.removeTimeout();
  await lifetime.withoutTimeout(async () => {});
  vi.advanceTimersByTime(5000);
  expect(lifetime.isEnded).toBe(false);
});
