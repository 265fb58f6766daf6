import { setTimeout as sleep } from 'node:timers/promises';

/** Polls a condition until it is true. Resolves with false after `limit` milliseconds. */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  limit: number,
): Promise<boolean> {
  const end = performance.now() + limit;
  while (!(await condition())) {
    if (performance.now() > end) return false;
    await sleep(10);
  }
  return true;
}
