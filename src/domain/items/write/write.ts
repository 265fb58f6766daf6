import { ApiError, invalid } from '../../../errors.ts';
import { type Agent, type Contact, type Item, Prisma } from '../../../generated/prisma/client.ts';
import { parseJson } from '../../../sql/decode.ts';
import { fromJson } from '../../../sql/json-row.ts';
import { type IdempotencyError, idempotencyError, type WriteContext } from '../../transaction.ts';
import type { FullItem } from '../read/rows.ts';
import { encodeOperation, type ItemOperation } from './operation.ts';
import { detailsOf, type FailedRow, toApiError, type WriteError } from './write-errors.ts';

const { sql } = Prisma;

export const maxBatch = 500;

/** Where items go within their column; one of these. */
export interface Place {
  before?: string | null | undefined;
  after?: string | null | undefined;
  at?: 'TOP' | 'BOTTOM' | null | undefined;
  position?: number | null | undefined;
}

/** ATOMIC: all or nothing. PER_ITEM: what can be done is done. */
export type Mode = 'ATOMIC' | 'PER_ITEM';

export interface Batch {
  /** Null where the one item alone says which board. */
  boardId: string | null | undefined;
  operations: readonly ItemOperation[];
  /** What the caller calls the list of operations. */
  list: string;
  /** Where all that is made or updated goes, side by side in the order of the operations. */
  place?: Place | undefined;
  /** ATOMIC where nothing is said. */
  mode?: Mode | null | undefined;
  /** True where an item that is named again means nothing more, rather than a mistake. */
  isSet?: boolean;
}

/** What came of one operation: the item as it is then (a deleted one as it was), or why not. */
export interface Result {
  /** Its place among the operations. */
  index: number;
  action: 'CREATED' | 'UPDATED' | 'DELETED' | 'UNCHANGED' | 'FAILED';
  item: FullItem | null;
  error: ApiError | null;
}

interface Row extends FailedRow {
  n: number;
  op: 'create' | 'update' | 'delete';
  changes: boolean | null;
  item?: object;
  contact?: object | null;
  createdBy?: object;
}

type Answer =
  | { results: Row[]; fault?: undefined }
  | (FailedRow & { fault: WriteError; results?: undefined });

/** The place as the database takes it; null where none is said. */
function placeOf(place: Place | undefined): object | null {
  const said = Object.entries(place ?? {}).filter(([, value]) => value != null);
  const [first, second] = said;
  if (first === undefined) return null;
  if (second !== undefined) throw invalid(second[0], `cannot be given together with ${first[0]}`);
  return Object.fromEntries(said);
}

/**
 * Runs a batch in one statement, which is one transaction: all of it under the board's lock. One result for each
 * operation; in an atomic batch one fault means that nothing was written. Throws what concerns the whole request:
 * BOARD_NOT_FOUND, VALIDATION_ERROR, what an idempotency key may say.
 */
export async function writeItems(attempt: WriteContext, batch: Batch): Promise<Result[]> {
  const { operations, mode, list } = batch;
  if (operations.length > maxBatch) throw invalid(list, `must not be more than ${maxBatch}`);
  const results: (Result | undefined)[] = new Array(operations.length);
  const prepared: object[] = [];
  const places: number[] = [];
  const matched = new Set<string>();
  const named = new Set<string>();
  for (const [at, operation] of operations.entries()) {
    try {
      if (operation.op === 'upsert') checkMatch(operation, matched);
      if (batch.isSet && 'id' in operation) {
        if (named.has(operation.id)) continue;
        named.add(operation.id);
      }
      prepared.push(encodeOperation(operation, prepared.length));
      places.push(at);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      results[at] = failed(at, error);
    }
  }
  const isStopped = mode !== 'PER_ITEM' && results.some((result) => result?.error);
  if (prepared.length > 0) {
    const [placedBy] = Object.keys(placeOf(batch.place) ?? {});
    // A batch that is stopped already is only asked what else is wrong with it.
    const asked = isStopped ? { ...attempt, validateOnly: true } : attempt;
    for (const row of await run(asked, batch, prepared)) {
      const at = places[row.n] ?? 0;
      const operation = operations[at];
      if (operation !== undefined) results[at] = resultOf(row, { index: at, operation, placedBy });
    }
  }
  return Array.from(results, (result, index) => result ?? untouched(index));
}

/** Two upserts of one batch cannot mean the same item: the second would not know of the first. */
function checkMatch(
  { matchOn, values }: ItemOperation & { op: 'upsert' },
  matched: Set<string>,
): void {
  const name = JSON.stringify([matchOn, String(values?.[matchOn])]);
  if (matched.has(name))
    throw invalid(`values.${matchOn}`, 'is the same as of another item of the batch');
  matched.add(name);
}

const failed = (index: number, error: ApiError): Result => ({
  index,
  action: 'FAILED',
  item: null,
  error,
});

/** An operation that had nothing to do. */
const untouched = (index: number): Result => ({
  index,
  action: 'UNCHANGED',
  item: null,
  error: null,
});

async function run(
  {
    db,
    limiter,
    boardOf,
    workspaceId,
    agentId,
    isBrief,
    validateOnly,
    idempotency,
    onReplay,
  }: WriteContext,
  { boardId, place, mode, operations }: Batch,
  prepared: readonly object[],
): Promise<Row[]> {
  const [first] = operations;
  const isOfItem = boardId == null && first !== undefined && 'id' in first;
  const queue = boardId ?? (isOfItem ? await boardOf(first.id) : undefined) ?? '';
  const placed = placeOf(place);
  const statement = sql`SELECT write_items(
    ${workspaceId}, ${agentId}, ${boardId ?? null}::text, ${JSON.stringify(prepared)}::jsonb,
    ${placed && JSON.stringify(placed)}::jsonb, ${mode === 'PER_ITEM'}, ${isBrief}, ${validateOnly},
    ${idempotency?.key ?? null}::text, ${idempotency?.part ?? null}::text, ${idempotency?.fingerprint ?? null}::text)`;
  const [row] = await limiter.run({ workspaceId, queue }, () => db.$rows(statement));
  const { kept, ...fresh } = parseJson(row?.[0]) as Answer & { kept?: Answer };
  if (kept) onReplay();
  const answer = kept ?? (fresh as Answer);
  if (answer.results) return answer.results;
  const { fault } = answer;
  throw fault.startsWith('IDEMPOTENCY')
    ? idempotencyError(fault as IdempotencyError)
    : toApiError(answer, operations[0]);
}

const actions = { create: 'CREATED', update: 'UPDATED', delete: 'DELETED' } as const;

interface Placed {
  index: number;
  operation: ItemOperation;
  placedBy: string | undefined;
}

function resultOf(row: Row, { index, operation, placedBy }: Placed): Result {
  if (row.fault) return failed(index, toApiError({ ...row, placedBy }, operation));
  return {
    index,
    action: row.changes ? actions[row.op] : 'UNCHANGED',
    item: fullItem(row),
    error: null,
  };
}

/** The item of a result, as far as it was asked for; null where the write did not get that far. */
function fullItem({ item, contact, createdBy }: Row): FullItem | null {
  if (item === undefined) return null;
  return {
    ...fromJson<Item>(item),
    ...(contact && { contact: fromJson<Contact>(contact) }),
    ...(createdBy && { createdBy: fromJson<Agent>(createdBy) }),
  };
}

/** Runs one operation. Throws its error. */
export async function writeItem(
  attempt: WriteContext,
  { operation, ...where }: Pick<Batch, 'boardId' | 'place'> & { operation: ItemOperation },
): Promise<FullItem> {
  const [result] = await writeItems(attempt, {
    ...where,
    operations: [operation],
    list: 'items',
  });
  if (result?.error) throw result.error;
  if (!result?.item) throw new Error('a write answers with its item');
  return result.item;
}

/** Runs several operations. Throws, in an atomic batch, one error that names every operation at fault. */
export async function writeBatch(attempt: WriteContext, batch: Batch): Promise<Result[]> {
  const results = await writeItems(attempt, batch);
  const faults = results.flatMap(({ error }, n) => (error ? [{ error, n }] : []));
  const [first] = faults;
  if (batch.mode === 'PER_ITEM' || first === undefined) return results;
  const { error, n } = first;
  throw new ApiError(
    error.code,
    `Nothing was written: ${faults.length} of ${results.length} cannot be done. The first, at index ${n}: ${error.message}`,
    faults.flatMap((fault) => detailsOf(fault.error, fault.n)),
  ).withContext(error.context);
}
