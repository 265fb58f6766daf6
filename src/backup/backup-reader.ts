import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { z } from 'zod';
import { StartupError } from '../postgres/startup-error.ts';
import { endOfRows, format, type Header, type Report } from './backup-file.ts';
import { type Digest, digesting, digestOf, isEqual, type Rows } from './digest.ts';
import type { Table } from './tables.ts';

const headerSchema = z.object({
  format: z.literal(format),
  takenAt: z.iso.datetime(),
  migrations: z.array(z.string()),
});
const tableSchema = z.object({
  name: z.string(),
  columns: z.array(z.string()),
  key: z.array(z.string()),
});
const endSchema = z.object({ end: z.literal(true) });
const digestSchema = z.object({ rows: z.number(), sha256: z.string() });

/** The longest line of JSON, in bytes. */
const maxLine = 1_000_000;

/** A table and its rows, which must be read to their end before the next table. */
export interface TableRows {
  table: Table;
  rows: AsyncGenerator<Buffer, Digest>;
}

/** Reads a backup from its beginning to its end. Throws StartupError where it is not complete and unchanged. */
export class BackupReader {
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #gunzip = createGunzip();
  readonly #path: string;
  #rest: Buffer = Buffer.alloc(0);
  #hasHeader = false;

  constructor(path: string) {
    const file = createReadStream(path).on('error', (error) => this.#gunzip.destroy(error));
    this.#chunks = file.pipe(this.#gunzip)[Symbol.asyncIterator]();
    this.#path = path;
  }

  async readHeader(): Promise<Header> {
    const header = await this.#readLine(headerSchema);
    this.#hasHeader = true;
    return header;
  }

  async *readTables(): AsyncGenerator<TableRows> {
    for (;;) {
      const next = await this.#readLine(z.union([tableSchema, endSchema]));
      if ('end' in next) return this.#checkEnd();
      let digest: Digest | undefined;
      const measure = async function* (rows: Rows) {
        digest = yield* digesting(rows);
        return digest;
      };
      yield { table: next, rows: measure(this.#readRows()) };
      const expected = await this.#readLine(digestSchema);
      if (!isEqual(expected, digest)) throw this.#damage(`its table ${next.name} was changed`);
    }
  }

  async *#readRows(): AsyncGenerator<Buffer> {
    let isLineStart = true;
    for (;;) {
      const isEnd = isLineStart && this.#rest.indexOf(endOfRows) === 0;
      const at = isEnd ? 0 : this.#rest.indexOf(`\n${endOfRows}`) + 1;
      if (isEnd || at > 0) {
        yield this.#take(at);
        this.#take(endOfRows.length);
        return;
      }
      // The last bytes may be the beginning of the end.
      const length = this.#rest.length - endOfRows.length;
      if (length > 0) {
        const rows = this.#take(length);
        isLineStart = rows.at(-1) === 10;
        yield rows;
      }
      await this.#readMore();
    }
  }

  async #readLine<Value>(schema: z.ZodType<Value>): Promise<Value> {
    let end = this.#rest.indexOf('\n');
    while (end < 0) {
      if (this.#rest.length > maxLine) throw this.#damage('a line is too long');
      await this.#readMore();
      end = this.#rest.indexOf('\n');
    }
    const line = this.#take(end + 1).toString();
    try {
      return schema.parse(JSON.parse(line));
    } catch {
      throw this.#damage(`its line ${line.slice(0, 60).trim()} is unknown`);
    }
  }

  /** To the end of the gzip stream, which has a checksum, and of the file. */
  async #checkEnd(): Promise<void> {
    const isEnd = this.#rest.length === 0 && (await this.#nextChunk()) === undefined;
    const { size } = await stat(this.#path);
    if (!isEnd || this.#gunzip.bytesWritten !== size)
      throw this.#damage('there is more after its end');
  }

  #take(length: number): Buffer {
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }

  async #readMore(): Promise<void> {
    const next = await this.#nextChunk();
    if (next === undefined) throw this.#damage('it ends too early');
    this.#rest = Buffer.concat([this.#rest, next]);
  }

  async #nextChunk(): Promise<Buffer | undefined> {
    const next = await this.#chunks.next().catch((error: Error) => {
      throw this.#damage(error.message);
    });
    return next.done ? undefined : next.value;
  }

  #damage(reason: string): StartupError {
    const verdict = this.#hasHeader
      ? 'It is damaged: take another copy'
      : 'It is not a backup, or damaged at its beginning';
    return new StartupError(`${this.#path} cannot be used as a backup: ${reason}. ${verdict}.`);
  }
}

/** Reads a backup to its end and reports its tables. Throws StartupError unless it is complete and unchanged. */
export async function checkBackup(path: string, report: Report): Promise<Header> {
  const reader = new BackupReader(path);
  const header = await reader.readHeader();
  for await (const { table, rows } of reader.readTables()) report(table, await digestOf(rows));
  return header;
}
