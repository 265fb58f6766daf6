import { deleteOldIdempotencyRecords, pruneChangeLogs } from '../domain/retention.ts';
import type { PrismaClient } from '../postgres/client.ts';

/** Milliseconds between two runs, and the most that each is early, so that processes take turns. */
const interval = 3_600_000;
const jitter = 600_000;
const day = 86_400_000;

/** One run: deletes what is older than its time. `changeLogDays` is undefined where change logs are kept. */
export async function deleteOutdated(
  db: PrismaClient,
  changeLogDays: number | undefined,
): Promise<void> {
  await deleteOldIdempotencyRecords(db);
  if (changeLogDays !== undefined)
    await pruneChangeLogs(db, new Date(Date.now() - changeLogDays * day));
}

/** Deletes what is outdated every hour. Returns a function that ends this. */
export function startRetention(db: PrismaClient, changeLogDays: number | undefined): () => void {
  let timer: NodeJS.Timeout;
  const schedule = () => {
    timer = setTimeout(run, interval - Math.random() * jitter).unref();
  };
  // The next run deletes what a failed one has left.
  const run = () => void deleteOutdated(db, changeLogDays).then(schedule, schedule);
  schedule();
  return () => clearTimeout(timer);
}
