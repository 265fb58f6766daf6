import { ApiError } from '../errors.ts';
import { importKey } from './import-key.ts';
import type { ImportOperation, ItemUpdate } from './operation.ts';
import type { PresentItem } from './present-item.ts';
import type { Row } from './rows.ts';

/**
 * The mutation that writes a batch, each row by itself. Its results have neither items nor contacts, which an import does
 * not need.
 */
export const importDocument = `mutation importItems($boardId: ID!, $operations: [ItemOperationInput!]!, $validate_only: Boolean) {
  data: writeItems(input: { boardId: $boardId, operations: $operations, mode: PER_ITEM }, validateOnly: $validate_only) {
    results { action error { code message } }
  }
}`;

/** The result of one operation. */
export interface ImportResult {
  action: 'CREATED' | 'UPDATED' | 'UNCHANGED' | 'DELETED' | 'FAILED';
  error: { code: string; message: string } | null;
}

/** The board that is imported into. Its methods throw the error of the whole batch. */
export interface ImportTarget {
  /** The items of the board that have the ids. */
  readItems: (ids: readonly string[]) => Promise<readonly PresentItem[]>;
  /** The key makes a batch idempotent; without one it is a dry run. */
  write: (
    operations: readonly ImportOperation[],
    key: string | undefined,
  ) => Promise<readonly ImportResult[]>;
}

/** A row with its operation. */
export interface Write {
  row: Row;
  operation: ImportOperation;
}

/** A row with its result. */
export interface Written {
  row: Row;
  result: ImportResult;
}

/** Errors of a batch that one of its rows may cause: it is split to find out which. */
const splitCodes: ReadonlySet<string> = new Set([
  'VALIDATION_ERROR',
  'PAYLOAD_TOO_LARGE',
  'QUERY_TOO_LARGE',
]);

/** The beginning of graphql-js's error about a field of the only operation. */
const ofVariable =
  /^Variable "\$operations" got invalid value .* at "operations\[0\]\.\w+(?:\.item)?\.([^"]+)"; /s;

const unchanged: ImportResult = { action: 'UNCHANGED', error: null };

type WritePart = (writes: readonly Write[], key: string) => Promise<Written[]>;

/** Writes rows together; where one of them may be at fault, in halves. */
async function inParts(
  writes: readonly Write[],
  key: string,
  write: WritePart,
): Promise<Written[]> {
  const [first] = writes;
  if (first === undefined) return [];
  try {
    return await write(writes, key);
  } catch (error) {
    if (!(error instanceof ApiError) || !splitCodes.has(error.code)) throw error;
    const { code, message } = error;
    const reason = { code, message: message.replace(ofVariable, '$1: ') };
    if (writes.length === 1)
      return [{ row: first.row, result: { action: 'FAILED', error: reason } }];
    const half = Math.ceil(writes.length / 2);
    const written = await inParts(writes.slice(0, half), `${key}a`, write);
    return [...written, ...(await inParts(writes.slice(half), `${key}b`, write))];
  }
}

/** Writes the rows of an import to its target. */
export class BatchWriter {
  readonly #target: ImportTarget;
  readonly #toOperation: (row: Row, item: PresentItem) => ImportOperation;

  constructor(target: ImportTarget, toOperation: (row: Row, item: PresentItem) => ImportOperation) {
    this.#target = target;
    this.#toOperation = toOperation;
  }

  /** Writes a batch. Throws the error that concerns all of its rows. */
  async write(writes: readonly Write[], key: string): Promise<Written[]> {
    const updates = writes.filter((write) => updateOf(write) !== undefined);
    const others = writes.filter((write) => updateOf(write) === undefined);
    return [
      ...(await inParts(updates, key, (part, its) => this.#update(part, its))),
      ...(await inParts(others, key, (part, its) => this.#send(part, its))),
    ];
  }

  async #send(writes: readonly Write[], key: string | undefined): Promise<Written[]> {
    if (writes.length === 0) return [];
    const operations = writes.map(({ operation }) => operation);
    const results = await this.#target.write(operations, key);
    return writes.map(({ row }, n) => ({ row, result: results[n] ?? unchanged }));
  }

  /**
   * Writes what the items do not have yet. That depends on the items, so the key does too: after a failure, what is still to
   * be written is another write.
   */
  async #update(writes: readonly Write[], key: string): Promise<Written[]> {
    const ids = writes.map((write) => updateOf(write)?.id);
    const items = await this.#target.readItems(ids.filter((id) => typeof id === 'string'));
    const byId = new Map<unknown, PresentItem>(items.map((item) => [item.id, item]));
    const done: Written[] = [];
    const changes: Write[] = [];
    for (const write of writes) {
      const item = byId.get(updateOf(write)?.id);
      const change =
        item === undefined
          ? write
          : { row: write.row, operation: this.#toOperation(write.row, item) };
      if (item !== undefined && isEmpty(change)) done.push({ row: write.row, result: unchanged });
      else changes.push(change);
    }
    const digest = importKey(changes.map(({ operation }) => operation));
    const written = await this.#send(changes, `${key}-${digest}`);
    return [...done, ...(await this.#withoutRepeats(changes, written))];
  }

  /** The results, where a row whose item has changed since is unchanged if the item has all that the row sets. */
  async #withoutRepeats(changes: readonly Write[], written: Written[]): Promise<Written[]> {
    const isConflict = ({ result }: Written) => result.error?.code === 'VERSION_CONFLICT';
    const conflicts = new Set(written.filter(isConflict).map(({ row }) => row));
    const checked = await this.#send(
      changes.filter(({ row }) => conflicts.has(row)).map(withoutVersion),
      undefined,
    );
    const repeated = new Set(
      checked.filter(({ result }) => result.action === 'UNCHANGED').map(({ row }) => row),
    );
    return written.map((one) => (repeated.has(one.row) ? { ...one, result: unchanged } : one));
  }
}

const updateOf = ({ operation }: Write): ItemUpdate | undefined =>
  'update' in operation ? operation.update : undefined;

const withoutVersion = ({ row, operation }: Write): Write => {
  if (!('update' in operation)) return { row, operation };
  const { expectedVersion: _, ...update } = operation.update;
  return { row, operation: { update } };
};

/** True for an update that sets nothing. */
function isEmpty(write: Write): boolean {
  const { id: _, expectedVersion: __, ...change } = updateOf(write) ?? { id: '' };
  return Object.keys(change).length === 0;
}
