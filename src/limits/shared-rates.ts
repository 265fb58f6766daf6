import type { Prisma } from '../generated/prisma/client.ts';
import type { PrismaClient } from '../postgres/client.ts';
import type { RateWindow } from './rate-limit.ts';

/** Milliseconds between two exchanges of a process that receives requests. */
const interval = 1000;
/** Windows of one exchange; in an attack from more addresses, the others are limited by this process alone. */
const maxWindows = 5000;
/** Exchanges between two deletions of old windows, and the rows that one deletes. */
const cleanUp = { every: 60, rows: 1000 };

/**
 * Shares the counts of rate limits with all processes of the database: once a second, one statement adds what this
 * process has counted and returns the totals. While the database is unavailable, each process limits by its own counts.
 * Returns the function to call at each count.
 */
export function shareRates(db: PrismaClient): (window: RateWindow) => void {
  const changed = new Set<RateWindow>();
  let isScheduled = false;
  let exchanges = 0;

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    setTimeout(exchange, interval).unref();
  }

  async function exchange(): Promise<void> {
    const windows = [...changed];
    changed.clear();
    const counts = windows.map(({ local }) => local);
    try {
      const totals = await addCounts(db, windows);
      windows.forEach((window, n) => {
        window.shared = totals.get(nameOf(window)) ?? window.shared;
        window.local -= counts[n] ?? 0;
      });
      if (exchanges % cleanUp.every === 0) await deleteOldWindows(db);
      exchanges += 1;
    } catch {
      // Sent again with the next exchange, as `local` still has what was not added.
      for (const window of windows) if (window.local > 0) changed.add(window);
    }
    for (const window of changed) if (window.minute < currentMinute()) changed.delete(window);
    isScheduled = false;
    if (changed.size > 0) schedule();
  }

  return (window) => {
    if (changed.size < maxWindows) changed.add(window);
    schedule();
  };
}

const currentMinute = (): number => Math.floor(Date.now() / 60_000);

const nameOf = ({ workspaceId, subject, minute }: Omit<RateWindow, 'shared' | 'local'>): string =>
  JSON.stringify([workspaceId, subject, minute]);

/** Adds local counts, in one order in all processes, so that none waits for another in a circle. */
async function addCounts(
  db: PrismaClient,
  windows: readonly RateWindow[],
): Promise<Map<string, number>> {
  const rows = await db.$queryRaw<(Omit<RateWindow, 'shared' | 'local'> & { count: number })[]>`
    INSERT INTO rate_window AS w (workspace_id, subject, minute, count)
    SELECT * FROM unnest(${windows.map(({ workspaceId }) => workspaceId)}::text[],
      ${windows.map(({ subject }) => subject)}::text[], ${windows.map(({ minute }) => minute)}::integer[],
      ${windows.map(({ local }) => local)}::integer[]) ORDER BY 1, 2, 3
    ON CONFLICT (workspace_id, subject, minute) DO UPDATE SET count = w.count + excluded.count
    RETURNING workspace_id AS "workspaceId", subject, minute, count`;
  return new Map(rows.map((row) => [nameOf(row), row.count]));
}

const deleteOldWindows = (db: PrismaClient): Prisma.PrismaPromise<number> =>
  db.$executeRaw`DELETE FROM rate_window WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM rate_window WHERE minute < ${currentMinute() - 1}
    LIMIT ${cleanUp.rows} FOR UPDATE SKIP LOCKED))`;
