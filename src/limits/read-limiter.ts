import { ApiError } from '../errors.ts';
import type { PrismaClient, Reader } from '../postgres/client.ts';
import type { QueryCost } from './query-cost.ts';
import { KeyedSemaphore, Semaphore } from './semaphore.ts';

/** How many reads may be with the database at once. */
const atOnce = {
  /** Of one request, whatever it asks for. */
  request: 3,
  /** Of one workspace, so that there is room for the others. */
  workspace: 6,
  /** Of all: with the writes fewer than there are connections. */
  all: 8,
};
/** Milliseconds that a read waits for its turn, and after which a request reads no more. */
const limits = { patience: 10_000, request: 30_000 };

const busy = () =>
  new ApiError('SERVICE_UNAVAILABLE', 'Too many requests are waiting here. Try again in a moment.');
const tooLong = () =>
  new ApiError('SERVICE_UNAVAILABLE', 'The request took too long. Ask for less at once.');

/** Makes what a request reads with: in turns, so that none takes all connections, and within its cost. */
export function createReadLimiter(
  db: PrismaClient,
): (workspaceId: string, cost: QueryCost) => Reader {
  const how = { patience: limits.patience, busy };
  const all = new Semaphore(atOnce.all, how);
  const workspaces = new KeyedSemaphore(() => new Semaphore(atOnce.workspace, how));
  return (workspaceId, cost) => {
    const own = new Semaphore(atOnce.request, how);
    const end = performance.now() + limits.request;
    const inTurn = <Answer>(read: () => Promise<Answer>): Promise<Answer> =>
      own.run(() => {
        if (performance.now() > end) throw tooLong();
        return workspaces.run(workspaceId, () => all.run(read));
      });
    return {
      async $rows(statement, options) {
        const rows = await inTurn(() => db.$rows(statement, options));
        let letters = 0;
        for (const row of rows) for (const cell of row) letters += cell?.length ?? 0;
        cost.takeRead(letters);
        return rows;
      },
      // Called as a tag, like Prisma's own; what it gives are ids, groups and counts.
      $queryRaw: ((...words: Parameters<PrismaClient['$queryRaw']>) =>
        inTurn(() => db.$queryRaw(...words))) as PrismaClient['$queryRaw'],
    };
  };
}
