import { createWriteStream, existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { StartupError } from '../../postgres/startup-error.ts';
import { findBoard } from './board.ts';
import type { FileArguments, ImportFileOptions } from './options.ts';

/**
 * Exports a board into a file, by default named after it. With `force`, a file of that name is replaced once the new one is
 * complete. Throws StartupError for a file that exists, and for an export that is not complete.
 */
export async function exportFile(
  { board: wanted, format = 'csv', delimiter, bom, out, force, ...options }: FileArguments,
  { client, print }: Pick<ImportFileOptions, 'client' | 'print'>,
): Promise<void> {
  const board = await findBoard(client, wanted);
  const path =
    out ?? `${board.name.replace(/[^\p{L}\p{N} ._-]+/gu, '').trim() || board.id}.${format}`;
  if (!force && existsSync(path)) throw new StartupError(`${path} exists. --force replaces it.`);
  const query = new URLSearchParams({
    format,
    ...(delimiter !== undefined && { delimiter }),
    ...(bom && { bom: 'true' }),
    ...(options['escape-formulas'] && { escape_formulas: 'true' }),
  });
  const response = await client.download(`/boards/${encodeURIComponent(board.id)}/export?${query}`);
  const part = `${path}.part`;
  try {
    await pipeline(Readable.fromWeb(response.body as never), createWriteStream(part));
    await rename(part, path);
  } catch (error) {
    throw new StartupError(`The export is not complete: ${(error as Error).message}`);
  }
  const revision = response.headers.get('board-revision');
  print(`${board.name} at revision ${revision} is in ${path}`);
}
