import { ApiError, invalid } from '../../../errors.ts';
import type { Agent, Contact, Item } from '../../../generated/prisma/client.ts';
import { fromJson } from '../../../sql/json-row.ts';
import type { WriteContext } from '../../transaction.ts';
import type { FullItem } from '../read/rows.ts';
import { encodeOperation, type ItemOperation } from './operation.ts';
import { RepeatedMatches } from './repeated-matches.ts';
import { checkAtomic, toApiError } from './write-errors.ts';
import { callWriteItems, type ResultRow } from './write-statement.ts';

export const maxBatch = 500;

/** Where items are placed in their column: one of these. */
export interface Place {
  before?: string | null | undefined;
  after?: string | null | undefined;
  at?: 'TOP' | 'BOTTOM' | null | undefined;
  position?: number | null | undefined;
}

/** ATOMIC: all or nothing. PER_ITEM: each operation succeeds or fails by itself. */
export type Mode = 'ATOMIC' | 'PER_ITEM';

export interface Batch {
  /** Null where the board is that of the one item. */
  boardId: string | null | undefined;
  operations: readonly ItemOperation[];
  /** The name of the input field that holds the operations, for errors. */
  list: string;
  /** Where created and updated items are placed, next to each other in the order of the operations. */
  place?: Place | undefined;
  /** ATOMIC by default. */
  mode?: Mode | null | undefined;
  /** True if an item may be named twice, which counts once; otherwise it is an error. */
  isSet?: boolean;
}

/** The result of one operation. */
export interface OperationResult {
  /** Its index among the operations. */
  index: number;
  action: 'CREATED' | 'UPDATED' | 'DELETED' | 'UNCHANGED' | 'FAILED';
  /** The item after the write, or a deleted one as it was; null where it failed. */
  item: FullItem | null;
  error: ApiError | null;
}

/** The place as the database takes it; null for none. */
function encodePlace(place: Place | undefined): object | null {
  const given = Object.entries(place ?? {}).filter(([, value]) => value != null);
  const [first, second] = given;
  if (first === undefined) return null;
  if (second !== undefined) throw invalid(second[0], `cannot be given together with ${first[0]}`);
  return Object.fromEntries(given);
}

/** The operations of a batch that passed the checks here, and the results of all others. */
interface PreparedBatch {
  /** As the database takes them. */
  operations: object[];
  /** The index in the batch of each of them. */
  indexes: number[];
  results: (OperationResult | undefined)[];
}

function prepareBatch({ operations, isSet }: Batch): PreparedBatch {
  const prepared: PreparedBatch = {
    operations: [],
    indexes: [],
    results: new Array(operations.length),
  };
  const upserts = new RepeatedMatches(operations);
  const ids = new Set<string>();
  for (const [index, operation] of operations.entries()) {
    try {
      if (isSet && 'id' in operation) {
        if (ids.has(operation.id)) continue;
        ids.add(operation.id);
      }
      const encoded = encodeOperation(operation, prepared.operations.length);
      prepared.operations.push(
        upserts.isRepeated(operation) ? { ...encoded, seesEarlier: true } : encoded,
      );
      prepared.indexes.push(index);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      prepared.results[index] = failed(index, error);
    }
  }
  return prepared;
}

/**
 * Runs a batch in one statement, which is one transaction under the board's lock. Returns one result for each operation;
 * in an atomic batch an error means that nothing was written. Throws errors of the whole request: BOARD_NOT_FOUND,
 * VALIDATION_ERROR, and those of an idempotency key.
 */
async function runBatch(write: WriteContext, batch: Batch): Promise<OperationResult[]> {
  const { boardId, list, mode } = batch;
  if (batch.operations.length > maxBatch) throw invalid(list, `must not be more than ${maxBatch}`);
  const { operations, indexes, results } = prepareBatch(batch);
  if (operations.length > 0) {
    const isPerItem = mode === 'PER_ITEM';
    const place = encodePlace(batch.place);
    const [placedBy] = Object.keys(place ?? {});
    // Where the batch has failed already it is a dry run, to report the errors of the other operations too.
    const isDryRun = !isPerItem && results.some((result) => result?.error);
    const rows = await callWriteItems(isDryRun ? { ...write, validateOnly: true } : write, {
      boardId,
      first: batch.operations[0],
      operations,
      place,
      isPerItem,
    });
    for (const row of rows) {
      const index = indexes[row.n] ?? 0;
      results[index] = resultOf({ ...row, placedBy }, index, batch.operations[index]);
    }
  }
  return Array.from(results, (result, index) => result ?? unchanged(index));
}

const failed = (index: number, error: ApiError): OperationResult => ({
  index,
  action: 'FAILED',
  item: null,
  error,
});

const unchanged = (index: number): OperationResult => ({
  index,
  action: 'UNCHANGED',
  item: null,
  error: null,
});

const actions = { create: 'CREATED', update: 'UPDATED', delete: 'DELETED' } as const;

function resultOf(
  row: ResultRow,
  index: number,
  operation: ItemOperation | undefined,
): OperationResult {
  if (row.fault) return failed(index, toApiError(row, operation));
  const action = row.changes ? actions[row.op] : 'UNCHANGED';
  return { index, action, item: itemOf(row), error: null };
}

/** The item of a result, with the fields that the write returned; null where it returned none. */
function itemOf({ item, contact, createdBy }: ResultRow): FullItem | null {
  if (item === undefined) return null;
  return {
    ...fromJson<Item>(item),
    ...(contact && { contact: fromJson<Contact>(contact) }),
    ...(createdBy && { createdBy: fromJson<Agent>(createdBy) }),
  };
}

/** Runs one operation. Throws its error. */
export async function writeItem(
  write: WriteContext,
  { operation, ...target }: Pick<Batch, 'boardId' | 'place'> & { operation: ItemOperation },
): Promise<FullItem> {
  const [result] = await runBatch(write, { ...target, operations: [operation], list: 'items' });
  if (result?.error) throw result.error;
  if (!result?.item) throw new Error('write_items returned no item');
  return result.item;
}

/** Runs several operations. In an atomic batch, throws one error that names every operation that failed. */
export async function writeBatch(write: WriteContext, batch: Batch): Promise<OperationResult[]> {
  const results = await runBatch(write, batch);
  if (batch.mode !== 'PER_ITEM') checkAtomic(results);
  return results;
}
