import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '../errors.ts';
import { isLockTimeout } from '../postgres/errors.ts';
import { KeyedSemaphore, Semaphore } from './semaphore.ts';

/** How many writes may be with the database at once. */
const atOnce = {
  /** Of one lane: a board's lock lets them through one by one, and the next should not come from far. */
  lane: 2,
  /** Of one workspace, so that there is room for the others. */
  workspace: 6,
  /** Of all. */
  all: 8,
};
/** How many may wait. */
const longestQueue = { workspace: 500, all: 1000 };
/** Milliseconds that a write waits for its turn, and for a lock that others have. */
const patience = 10_000;
/** Milliseconds between two tries to get a lock: meanwhile others have the connection. */
const pause = 500;

/** Which writes go one after the other: those of one board, or of one kind. */
export interface Lane {
  workspaceId: string;
  name: string;
}

/**
 * Runs writes in the order in which they came, those of one lane two by two: many writers of one board, or one that
 * is stuck, hold up no other board and no reader. A write that does not get its lock at once leaves its place to others
 * and tries again. Throws SERVICE_UNAVAILABLE where too many wait, or one has waited too long.
 */
export interface WriteLimiter {
  run<Answer>(lane: Lane, write: () => Promise<Answer>): Promise<Answer>;
}

export function createWriteLimiter(): WriteLimiter {
  const how = { patience, busy };
  const all = new Semaphore(atOnce.all, how);
  const workspaces = new KeyedSemaphore(() => new Semaphore(atOnce.workspace, how));
  const lanes = new KeyedSemaphore(() => new Semaphore(atOnce.lane, how));
  const sizes = new Map<string, number>();
  let size = 0;

  function count(workspaceId: string, by: 1 | -1): void {
    size += by;
    const own = (sizes.get(workspaceId) ?? 0) + by;
    if (own === 0) sizes.delete(workspaceId);
    else sizes.set(workspaceId, own);
  }

  async function tryUntil<Answer>(end: number, write: () => Promise<Answer>): Promise<Answer> {
    for (;;) {
      try {
        return await write();
      } catch (error) {
        if (!isLockTimeout(error) || performance.now() > end) throw error;
        await sleep(pause);
      }
    }
  }

  return {
    async run({ workspaceId, name }, write) {
      const own = sizes.get(workspaceId) ?? 0;
      if (size >= longestQueue.all || own >= longestQueue.workspace) throw busy();
      count(workspaceId, 1);
      try {
        return await tryUntil(performance.now() + patience, () =>
          lanes.run(JSON.stringify([workspaceId, name]), () =>
            workspaces.run(workspaceId, () => all.run(write)),
          ),
        );
      } finally {
        count(workspaceId, -1);
      }
    },
  };
}

const busy = (): ApiError =>
  new ApiError('SERVICE_UNAVAILABLE', 'Too many writes are waiting here. Try again in a moment.');
