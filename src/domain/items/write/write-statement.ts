import { Prisma } from '../../../generated/prisma/client.ts';
import { parseJson } from '../../../sql/decode.ts';
import { contactsLog } from '../../contacts/contact-log.ts';
import { type IdempotencyError, idempotencyError, type WriteContext } from '../../transaction.ts';
import type { ItemOperation } from './operation.ts';
import { type FailedRow, toApiError, type WriteError } from './write-errors.ts';

const { sql } = Prisma;

/** The result of one operation, as write_items returns it. */
export interface ResultRow extends FailedRow {
  /** The number of the operation. */
  n: number;
  op: 'create' | 'update' | 'delete';
  /** Null where the operation was not run. */
  changes: boolean | null;
}

type Response =
  | { results: ResultRow[]; fault?: undefined }
  | (FailedRow & { fault: WriteError; results?: undefined });

/** The arguments of write_items, apart from the write's context. */
export interface WriteCall {
  /** Null where the first operation's item decides. */
  boardId: string | null | undefined;
  first: ItemOperation | undefined;
  operations: readonly object[];
  place: object | null;
  isPerItem: boolean;
}

/** Runs write_items in the board's queue. Throws what concerns the whole batch. */
export async function callWriteItems(
  { db, limiter, statements, boardOf, onReplay, onCommit, cancellation, ...write }: WriteContext,
  { boardId, first, operations, place, isPerItem }: WriteCall,
): Promise<ResultRow[]> {
  const { workspaceId, agentId, isBrief, validateOnly, idempotency } = write;
  const statement = sql`SELECT write_items(
    ${workspaceId}, ${agentId}, ${boardId ?? null}::text, ${JSON.stringify(operations)}::jsonb,
    ${place && JSON.stringify(place)}::jsonb, ${isPerItem}, ${isBrief}, ${validateOnly},
    ${idempotency?.key ?? null}::text, ${idempotency?.part ?? null}::text, ${idempotency?.fingerprint ?? null}::text)`;
  const itemsBoard =
    boardId == null && first !== undefined && 'id' in first ? await boardOf(first.id) : undefined;
  const queue = { workspaceId, queue: boardId ?? itemsBoard ?? '' };
  const send = statements.queued(statement.text, () => db.$rows(statement, { cancellation }));
  const [row] = await limiter.run(queue, send, cancellation);
  if (!validateOnly) {
    onCommit(boardId ?? itemsBoard ?? null);
    if (operations.some((operation) => 'contact' in operation)) onCommit(contactsLog);
  }
  const { kept, ...fresh } = parseJson(row?.[0]) as Response & { kept?: Response };
  if (kept) onReplay();
  const response = kept ?? (fresh as Response);
  if (response.results) return response.results;
  throw response.fault.startsWith('IDEMPOTENCY')
    ? idempotencyError(response.fault as IdempotencyError)
    : toApiError(response, first);
}
