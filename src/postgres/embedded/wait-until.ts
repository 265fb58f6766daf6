import { setTimeout as sleep } from 'node:timers/promises';

/** Whether a condition comes true within so many milliseconds. */
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
