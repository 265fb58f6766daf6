import { ApiError } from '../errors.ts';
import type { Prisma } from '../generated/prisma/client.ts';
import type { WriteLimiter } from '../limits/write-limiter.ts';
import type { PrismaClient, Transaction } from '../postgres/client.ts';
import { classify } from '../postgres/errors.ts';
import { fromJson, stringifyRow } from '../sql/json-row.ts';

/** What a write is known by, so that it is done once. */
export interface IdempotentWrite {
  /** The caller's idempotency key. */
  key: string;
  /** Which write of the request it is. */
  part: string;
  /** A digest of the whole request. */
  fingerprint: string;
}

/** One attempt at a write: who makes it, and how. */
export interface WriteContext {
  db: PrismaClient;
  /** Where it waits for its turn. */
  limiter: WriteLimiter;
  /** The board that an item is on; undefined where there is no such item. */
  boardOf: (itemId: string) => Promise<string | undefined>;
  workspaceId: string;
  agentId: string;
  /** True where an item's id and version are all that is asked of those that are written. */
  isBrief: boolean;
  /** Runs everything but the commit. */
  validateOnly: boolean;
  idempotency?: IdempotentWrite | undefined;
  /** Hears that the answer is the one of an earlier attempt. */
  onReplay: () => void;
}

/** What the database says of an idempotency key: run the write (null), the kept answer, or why not. */
export type IdempotencyRecord = { kept?: unknown; fault?: IdempotencyError } | null;

export type IdempotencyError = 'IDEMPOTENCY_KEY_IN_USE' | 'IDEMPOTENCY_KEY_REUSED';

const keyFaults: Record<IdempotencyError, string> = {
  IDEMPOTENCY_KEY_IN_USE:
    'The request with this Idempotency-Key is still running. Try again in a moment.',
  IDEMPOTENCY_KEY_REUSED:
    'This Idempotency-Key was used for another request within the last 24 hours. Use a new one.',
};

export const idempotencyError = (fault: IdempotencyError): ApiError =>
  new ApiError(fault, keyFaults[fault]);

const maxTries = 3;

/** How long a transaction may take, in milliseconds: a short one, and one that takes its rows in steps. */
const limits = { short: 20_000, long: 600_000 };

/** Rows of one step: each statement stays within the time that any has. Tests lower it. */
export const chunk = { size: 5000 };

/** Repeats a statement that changes up to so many rows until there are no more. */
export async function inChunks(change: (atMost: number) => Promise<number>): Promise<void> {
  while ((await change(chunk.size)) === chunk.size);
}

/** Deletes the items that a condition names, however many. It names their workspace too. */
export const deleteItemsOf = (tx: Transaction, condition: Prisma.Sql) =>
  inChunks(
    (atMost) => tx.$executeRaw`DELETE FROM item WHERE (workspace_id, id) IN (
      SELECT workspace_id, id FROM item WHERE ${condition} LIMIT ${atMost})`,
  );

/** Carries the answer of a write that was only validated out of its transaction, which it ends without a trace. */
class Validated<Answer> extends Error {
  readonly answer: Answer;
  constructor(answer: Answer) {
    super('validated only');
    this.answer = answer;
  }
}

interface Work<Answer> {
  /** Writes of one queue run two at a time, in order: the id of a board or contact, or 'contacts'. */
  queue: string;
  work: (tx: Transaction) => Promise<Answer>;
  length?: keyof typeof limits;
}

/**
 * Runs a write in one transaction: once for its idempotency key, again where another transaction was in its way. The
 * answer is a row of the database or a list of ids; the one that is kept comes back equal.
 */
export async function transact<Answer extends object>(
  attempt: WriteContext,
  { queue, work, length = 'short' }: Work<Answer>,
): Promise<Answer> {
  const timeout = limits[length];
  // Long writes share one queue per workspace, so that at most two run at a time.
  const key = { workspaceId: attempt.workspaceId, queue: length === 'long' ? length : queue };
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt.limiter.run(key, () =>
        attempt.db.$transaction((tx) => runOnce(tx, attempt, work), { timeout }),
      );
    } catch (error) {
      if (error instanceof Validated) return error.answer as Answer;
      const isConflict = !(error instanceof ApiError) && classify(error)?.code === 'CONFLICT';
      if (!isConflict || tries === maxTries) throw error;
    }
  }
}

async function runOnce<Answer extends object>(
  tx: Transaction,
  { workspaceId, agentId, validateOnly, idempotency, onReplay }: WriteContext,
  work: (tx: Transaction) => Promise<Answer>,
): Promise<Answer> {
  if (validateOnly) throw new Validated(await work(tx));
  if (idempotency === undefined) return work(tx);
  const [{ taken } = { taken: null }] = await tx.$queryRaw<{ taken: IdempotencyRecord }[]>`
    SELECT begin_idempotency(${workspaceId}, ${agentId}, ${idempotency.key}, ${idempotency.part}, ${idempotency.fingerprint}) AS taken`;
  if (taken?.fault) throw idempotencyError(taken.fault);
  if (taken !== null) {
    onReplay();
    return Array.isArray(taken.kept)
      ? (taken.kept as unknown as Answer)
      : fromJson(taken.kept as object);
  }
  const answer = await work(tx);
  await tx.$executeRaw`SELECT save_idempotency(${workspaceId}, ${agentId}, ${idempotency.key}, ${idempotency.part}, ${idempotency.fingerprint},
    ${stringifyRow(answer)}::jsonb)`;
  return answer;
}
