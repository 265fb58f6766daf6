import { createHash } from 'node:crypto';
import { ApiError } from '../errors.ts';
import type { ImportOperation } from './operation.ts';
import type { Row } from './rows.ts';

/** Rows of one batch: the most operations of the mutation `writeItems`. */
export const chunkSize = 500;
/** Characters of the operations of a batch: less than a body may have. */
const maxChunkLength = 600_000;

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

/** Writes a batch. The key makes it idempotent. Throws the error of the whole batch. */
export type WriteBatch = (
  operations: readonly ImportOperation[],
  key: string,
) => Promise<readonly ImportResult[]>;

/** A row that was not imported. */
export interface RejectedRow {
  line: number;
  code: string;
  reason: string;
  source: readonly string[];
}

/** The result of a chunk. */
export interface ChunkResult {
  /** Its number, from 0. */
  chunk: number;
  rows: number;
  created: number;
  updated: number;
  unchanged: number;
  rejected: RejectedRow[];
}

/** A row with its operation. */
interface Write {
  row: Row;
  operation: ImportOperation;
}

interface Chunk {
  rows: number;
  writes: Write[];
  rejected: RejectedRow[];
}

const emptyChunk = (): Chunk => ({ rows: 0, writes: [], rejected: [] });

const reject = ({ line, source }: Row, code: string, reason: string): RejectedRow => ({
  line,
  code,
  reason,
  source,
});

/** Groups rows into chunks, always the same for the same rows. */
async function* chunksOf(
  rows: AsyncIterable<Row>,
  toOperation: (row: Row) => ImportOperation,
): AsyncGenerator<Chunk> {
  let chunk = emptyChunk();
  let length = 0;
  for await (const row of rows) {
    chunk.rows += 1;
    if (row.problem === undefined) {
      const operation = toOperation(row);
      length += JSON.stringify(operation).length;
      chunk.writes.push({ row, operation });
    } else chunk.rejected.push(reject(row, 'VALIDATION_ERROR', row.problem));
    if (chunk.rows < chunkSize && length < maxChunkLength) continue;
    yield chunk;
    chunk = emptyChunk();
    length = 0;
  }
  if (chunk.rows > 0) yield chunk;
}

/** Errors of a batch that one of its rows may cause: it is split to find out which. */
const splitCodes: ReadonlySet<string> = new Set(['VALIDATION_ERROR', 'PAYLOAD_TOO_LARGE']);

/** The beginning of graphql-js's error about a field of the only operation. */
const ofVariable =
  /^Variable "\$operations" got invalid value .* at "operations\[0\]\.\w+(?:\.item)?\.([^"]+)"; /s;

export interface ImportOptions {
  toOperation: (row: Row) => ImportOperation;
  write: WriteBatch;
  /** Identifies the import: batches of the same import and the same rows are written once. */
  key: string;
  /** The number of the first chunk that is not yet written. */
  from?: number;
}

/**
 * Writes rows in batches, and yields the result of each when it is written. A row that is refused is reported and holds
 * up no other. Throws the error of a batch that concerns all of its rows, such as BOARD_NOT_FOUND.
 */
export async function* importRows(
  rows: AsyncIterable<Row>,
  { toOperation, write, key, from = 0 }: ImportOptions,
): AsyncGenerator<ChunkResult> {
  async function writeAll(
    writes: readonly Write[],
    part: string,
  ): Promise<readonly ImportResult[]> {
    try {
      return await write(
        writes.map(({ operation }) => operation),
        part,
      );
    } catch (error) {
      if (!(error instanceof ApiError) || !splitCodes.has(error.code)) throw error;
      const { code, message } = error;
      if (writes.length === 1)
        return [
          { action: 'FAILED', error: { code, message: message.replace(ofVariable, '$1: ') } },
        ];
      const half = Math.ceil(writes.length / 2);
      const first = await writeAll(writes.slice(0, half), `${part}a`);
      return [...first, ...(await writeAll(writes.slice(half), `${part}b`))];
    }
  }

  let number = -1;
  for await (const { rows: size, writes, rejected } of chunksOf(rows, toOperation)) {
    number += 1;
    if (number < from) continue;
    const results = writes.length === 0 ? [] : await writeAll(writes, `${key}-${number}`);
    const count = (counted: ImportResult['action']) =>
      results.filter(({ action }) => action === counted).length;
    for (const [n, { error }] of results.entries()) {
      const row = writes[n]?.row;
      if (error !== null && row !== undefined)
        rejected.push(reject(row, error.code, error.message));
    }
    yield {
      chunk: number,
      rows: size,
      created: count('CREATED'),
      updated: count('UPDATED'),
      unchanged: count('UNCHANGED'),
      rejected: rejected.sort((a, b) => a.line - b.line),
    };
  }
}

/** A digest of what identifies an import, as part of idempotency keys. */
export const importKey = (...parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22);
