import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { StartupError } from '../postgres/startup-error.ts';
import { type Digest, digesting } from './digest.ts';
import type { Snapshot } from './snapshot.ts';
import type { Table } from './tables.ts';

/*
 * A backup is a text, compressed by gzip: the header, then for each table the table itself, its rows as COPY writes them,
 * the line `\.`, which no row is, and their digest; last the line `{"end":true}`. All but the rows is JSON.
 */

export const format = 'items-gateway backup 1';
export const endOfRows = '\\.\n';

export interface Header {
  format: string;
  takenAt: string;
  /** The names of the migrations that the database had. */
  migrations: readonly string[];
}

/** Called for each table when it has been copied. */
export type Report = (table: Table, digest: Digest) => void;

/**
 * Writes a snapshot to a file that only this user may read. Until it is complete, its name ends with `.partial`. Throws
 * StartupError where the file cannot be written.
 */
export async function writeBackup(path: string, snapshot: Snapshot, report: Report): Promise<void> {
  const partial = `${path}.partial`;
  let readError: unknown;
  const text = async function* () {
    try {
      yield* textOf(snapshot, report);
    } catch (error) {
      readError = error;
      throw error;
    }
  };
  try {
    // A killed command has left one. A link to another file is not followed.
    await rm(partial, { force: true });
    await pipeline(
      text,
      // The least compression: reading from the database is the bottleneck.
      createGzip({ level: 1 }),
      createWriteStream(partial, { flags: 'wx', mode: 0o600, flush: true }),
    );
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    if (error === readError) throw error;
    throw new StartupError(`${path} cannot be written: ${(error as Error).message}`);
  }
}

async function* textOf(snapshot: Snapshot, report: Report): AsyncGenerator<Buffer | string> {
  const { migrations } = snapshot;
  const header: Header = { format, takenAt: new Date().toISOString(), migrations };
  yield lineOf(header);
  for (const table of snapshot.tables) {
    yield lineOf(table);
    const digest = yield* digesting(snapshot.rowsOf(table));
    yield endOfRows;
    yield lineOf(digest);
    report(table, digest);
  }
  yield lineOf({ end: true });
}

const lineOf = (value: object): string => `${JSON.stringify(value)}\n`;
