import { ApiError } from '../errors.ts';
import type { WriteLimiter } from '../limits/write-limiter.ts';
import type { Cancellation } from '../postgres/cancel.ts';
import type { PrismaClient, Transaction } from '../postgres/client.ts';
import { classifyDatabaseError } from '../postgres/errors.ts';
import type { StatementStats } from '../postgres/statement-stats.ts';
import { fromJson, stringifyRow } from '../sql/json-row.ts';

/** Identifies a write by its Idempotency-Key, so that it runs once. */
export interface IdempotentWrite {
  key: string;
  /** The mutation of the request that writes. */
  part: string;
  /** A digest of the whole request. */
  fingerprint: string;
}

/** The actor, the database and the options of a write. */
export interface WriteContext {
  db: PrismaClient;
  limiter: WriteLimiter;
  /** The board of an item; undefined where there is no such item. */
  boardOf: (itemId: string) => Promise<string | undefined>;
  workspaceId: string;
  agentId: string;
  /** True if the request selects only the id and version of written items. */
  isBrief: boolean;
  /** The most rows that one statement of a long write changes. */
  chunkSize: number;
  /** Dry run: validates and returns the result without saving. */
  validateOnly: boolean;
  idempotency?: IdempotentWrite | undefined;
  /** Measures the transactions of the request. */
  statements: StatementStats;
  /** Cancels the write, unless it is a long one. */
  cancellation: Cancellation;
  /** Runs a long write, which the request's time limit does not end. */
  withoutTimeout: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** Called when the result is that of an earlier request with the same Idempotency-Key. */
  onReplay: () => void;
  /** Called after a commit with the log that has grown: of a board, or of contacts; null where any log may have. */
  onCommit: (logId: string | null) => void;
}

/** The result of begin_idempotency: null to run the write, the result of an earlier request, or an error. */
type IdempotencyRecord = { kept?: unknown; fault?: IdempotencyError } | null;

export type IdempotencyError = 'IDEMPOTENCY_KEY_IN_USE' | 'IDEMPOTENCY_KEY_REUSED';

const idempotencyMessages: Record<IdempotencyError, string> = {
  IDEMPOTENCY_KEY_IN_USE:
    'The request with this Idempotency-Key is still running. Try again in a moment.',
  IDEMPOTENCY_KEY_REUSED:
    'This Idempotency-Key was used for another request within the last 24 hours. Use a new one.',
};

/** The error of a key that an earlier request has used. */
export const idempotencyError = (code: IdempotencyError): ApiError =>
  new ApiError(code, idempotencyMessages[code]);

const maxTries = 3;

/** Time limits of a transaction, in milliseconds: of a short one, and of one that changes its rows in chunks. */
const limits = { short: 20_000, long: 600_000 };

/** Rows of one chunk: few enough for a statement to stay within its time limit. */
export const defaultChunkSize = 5000;

/** Repeats a statement that changes at most `limit` rows until none are left. */
export async function inChunks(
  { chunkSize }: Pick<WriteContext, 'chunkSize'>,
  change: (limit: number) => Promise<number>,
): Promise<void> {
  while ((await change(chunkSize)) === chunkSize);
}

/** Thrown to roll a dry run's transaction back; carries its result out. */
class DryRunResult<Result> extends Error {
  readonly result: Result;
  constructor(result: Result) {
    super('dry run');
    this.result = result;
  }
}

interface Work<Result> {
  /** Writes of one queue run two at a time, in order: the id of a board or contact, or 'contacts'. */
  queue: string;
  /** The log that the write adds to, where it is one: the id of a board, or `contactsLog`. */
  logId?: string;
  work: (tx: Transaction) => Promise<Result>;
  length?: keyof typeof limits;
}

/**
 * Runs a write in one transaction: once for its idempotency key, and again after a conflict with another transaction.
 * Its result is a row of the database or a list of ids, and is equal when it is replayed.
 */
export async function transact<Result extends object>(
  write: WriteContext,
  { queue, logId, work, length = 'short' }: Work<Result>,
): Promise<Result> {
  const timeout = limits[length];
  // Long writes share one queue per workspace, so that at most two run at a time.
  const key = { workspaceId: write.workspaceId, queue: length === 'long' ? length : queue };
  for (let tries = 1; ; tries += 1) {
    try {
      const send = write.statements.queued(`transaction on ${queue}`, () =>
        write.db.$transaction((tx) => runOnce(tx, write, work), { timeout }),
      );
      const run = (cancellation?: Cancellation) => write.limiter.run(key, send, cancellation);
      const result = await (length === 'long'
        ? write.withoutTimeout(() => run())
        : run(write.cancellation));
      write.onCommit(logId ?? null);
      return result;
    } catch (error) {
      if (error instanceof DryRunResult) return error.result as Result;
      if (error instanceof ApiError) throw error;
      const failure = classifyDatabaseError(error);
      if (failure?.code !== 'CONFLICT' || tries === maxTries) throw failure ?? error;
    }
  }
}

async function runOnce<Result extends object>(
  tx: Transaction,
  { workspaceId, agentId, validateOnly, idempotency, onReplay }: WriteContext,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  if (validateOnly) throw new DryRunResult(await work(tx));
  if (idempotency === undefined) return work(tx);
  const { key, part, fingerprint } = idempotency;
  const [{ record } = { record: null }] = await tx.$queryRaw<{ record: IdempotencyRecord }[]>`
    SELECT begin_idempotency(${workspaceId}, ${agentId}, ${key}, ${part}, ${fingerprint}) AS record`;
  if (record?.fault) throw idempotencyError(record.fault);
  if (record !== null) {
    onReplay();
    return Array.isArray(record.kept)
      ? (record.kept as unknown as Result)
      : fromJson(record.kept as object);
  }
  const result = await work(tx);
  await tx.$executeRaw`SELECT save_idempotency(${workspaceId}, ${agentId}, ${key}, ${part}, ${fingerprint},
    ${stringifyRow(result)}::jsonb)`;
  return result;
}
