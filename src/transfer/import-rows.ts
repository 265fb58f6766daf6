import { BatchWriter, type ImportResult, type ImportTarget, type Write } from './batch-writer.ts';
import type { ImportOperation } from './operation.ts';
import type { PresentItem } from './present-item.ts';
import type { Row } from './rows.ts';

/** Rows of one batch: the most operations of the mutation `writeItems`. */
export const chunkSize = 500;
/** Characters of the operations of a batch: less than a body may have. */
const maxChunkLength = 600_000;

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

/** Names of fields in the schema, as files have them. */
const fileNames = new Map([
  ['contactId', 'contact_id'],
  ['columnId', 'column_id'],
  ['columnName', 'column_name'],
  ['expectedVersion', 'version'],
]);

const withFileNames = (message: string): string =>
  message.replace(/'[^']*'|\b[a-z]+[A-Z]\w*\b/g, (word) => fileNames.get(word) ?? word);

export interface ImportOptions {
  /** The operation that writes a row; without what the item has already. */
  toOperation: (row: Row, item?: PresentItem) => ImportOperation;
  target: ImportTarget;
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
  { toOperation, target, key, from = 0 }: ImportOptions,
): AsyncGenerator<ChunkResult> {
  const writer = new BatchWriter(target, toOperation);
  let number = -1;
  for await (const { rows: size, writes, rejected } of chunksOf(rows, toOperation)) {
    number += 1;
    if (number < from) continue;
    const written = await writer.write(writes, `${key}-${number}`);
    const count = (action: ImportResult['action']) =>
      written.filter(({ result }) => result.action === action).length;
    for (const { row, result } of written)
      if (result.error !== null)
        rejected.push(reject(row, result.error.code, withFileNames(result.error.message)));
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
