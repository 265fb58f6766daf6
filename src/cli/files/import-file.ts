import { createHash } from 'node:crypto';
import { createReadStream, existsSync, rmSync, statSync } from 'node:fs';
import { extname } from 'node:path';
import { ConfigError } from '../../config.ts';
import { counted } from '../../errors.ts';
import { StartupError } from '../../postgres/startup-error.ts';
import { readCsv } from '../../transfer/csv-rows.ts';
import { decodeText } from '../../transfer/decode-text.ts';
import { importKey } from '../../transfer/import-key.ts';
import { hintOf, readerOf } from '../../transfer/local-text.ts';
import { Mapping, type MappingEntry } from '../../transfer/mapping.ts';
import { readNdjson } from '../../transfer/ndjson-rows.ts';
import { type OperationOptions, readCell, toOperation } from '../../transfer/operation.ts';
import { openRows, type Row, type Rows } from '../../transfer/rows.ts';
import { findBoard } from './board.ts';
import { Journal } from './journal.ts';
import { checkTitle, createBoard } from './new-board.ts';
import type { FileArguments, ImportFileOptions } from './options.ts';
import { Progress } from './progress.ts';
import { RejectedFile } from './rejected-file.ts';
import { describe, type ImportCounts, type ImportStep, Totals, writeRows } from './write-rows.ts';

/** The first line of the progress file. */
interface ImportStart {
  /** Tells imports of one file apart: that of `--again` from the first. */
  salt: string;
  /** The targets of the columns, which must not change half-way. */
  mapping: readonly MappingEntry[];
  /** The file of its rejected rows. */
  rejected?: string;
}

type JournalEntry = ImportStart | ImportStep | { done: true };

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('base64url');
}

/** The size of a file in bytes. Throws ConfigError where there is none. */
function sizeOf(file: string): number {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (!stats?.isFile()) throw new ConfigError(`There is no file ${file}.`);
  return stats.size;
}

/** Rows from which the formats of numbers and dates are guessed. */
const sampleSize = 500;

const isNdjson = (file: string): boolean => ['.ndjson', '.jsonl'].includes(extname(file));

/** Reads a file, and tells how many bytes are read. */
async function readFile(
  file: string,
  { delimiter, encoding }: FileArguments,
  onRead: (bytes: number) => void = () => {},
): Promise<Rows> {
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for await (const chunk of createReadStream(file)) {
      onRead(chunk.length);
      yield chunk;
    }
  }
  const texts = decodeText(bytes(), encoding);
  return isNdjson(file) ? readNdjson(texts) : readCsv(texts, delimiter);
}

/**
 * The file of the rejected rows of `customers.csv`: `customers.rejected.csv`, or `customers.rejected-2.csv` where an earlier
 * import has left one, which may be half corrected.
 */
function rejectedPath(file: string): string {
  const extension = extname(file);
  const path = `${file.slice(0, file.length - extension.length)}.rejected`;
  for (let n = 1; ; n += 1) {
    const name = `${path}${n === 1 ? '' : `-${n}`}${extension}`;
    if (!existsSync(name)) return name;
  }
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 40 ? `${line.slice(0, 40)}…` : line;
}

/** Shows what each column sets, with what the first row has. */
function mappingLines(
  entries: readonly MappingEntry[],
  first: Row | undefined,
  options: OperationOptions,
): string[] {
  const width = Math.max(...entries.map(([name]) => Math.min(name.length, 30)));
  return entries.map(([name, targets]) => {
    const cell = readCell(name, first?.cells[name], options);
    const text = typeof cell === 'string' ? cell : JSON.stringify(cell);
    const target = targets.length === 0 ? '(not imported)' : targets.join(', ');
    return `  ${shorten(name).padEnd(width)}  ->  ${target.padEnd(28)}  ${shorten(text)}`;
  });
}

/** A line for each column that an option would read as numbers or dates, or that sets less than it seems. */
function hintLines(mapping: Mapping, rows: readonly Row[], options: FileArguments): string[] {
  const names = Object.keys(rows[0]?.cells ?? {});
  const hints = names
    .filter((name) => mapping.isValue(name))
    .flatMap((name) => {
      const cells = rows.map((row) => row.cells[name]);
      const hint = hintOf(cells, options);
      return hint === undefined ? [] : [`${shorten(name)}: ${hint}`];
    });
  if (names.includes('id') && options.match === undefined && mapping.targetsOf('id').length === 0)
    hints.push('id: every row creates an item. To update the items of an export, add --match id');
  const name = names.find((one) => mapping.targetsOf(one).includes('contact_name'));
  if (name !== undefined && !mapping.has('contact_email') && !mapping.has('contact_phone'))
    hints.push(
      `${shorten(name)}: a name alone links no contact. Map a column to contact_email or contact_phone`,
    );
  return hints;
}

/**
 * Imports a file into a board: shows what its columns set, writes it in batches, and keeps its progress in a file, so that
 * the command can be repeated after a failure. Throws ConfigError, ApiError or StartupError.
 */
export async function importFile(
  file: string,
  options: FileArguments,
  { client, terminal, print }: ImportFileOptions,
): Promise<void> {
  const size = sizeOf(file);
  const read = readerOf(options);
  const create = async (name: string) =>
    createBoard(name, await openRows(await readFile(file, options)), {
      ...options,
      client,
      terminal,
      print,
    });
  const board = await findBoard(client, options.board?.trim(), {
    hint: ' To create it, add --create-board.',
    create: options['create-board'] ? create : undefined,
  });
  let bytes = 0;
  const source = await readFile(file, options, (length) => {
    bytes += length;
  });
  const { header, first, rows } = await openRows(source, sampleSize);
  const {
    map = [],
    match,
    delimiter,
    encoding,
    decimal,
    dates,
    again,
    yes,
    'dry-run': isDryRun,
  } = options;
  const identity = [
    await digestOf(file),
    board.id,
    { map, match, delimiter, encoding, decimal, dates },
  ];
  const path = `${file}.import-${importKey(client.url, ...identity).slice(0, 8)}.jsonl`;
  if (again && !isDryRun) rmSync(path, { force: true });
  const journal = isDryRun ? undefined : new Journal<JournalEntry>(path);
  const entries = journal?.entries ?? [];
  const begun = entries.find((entry) => 'salt' in entry);
  const rejectedName = begun?.rejected ?? rejectedPath(file);

  const valueKeys = board.valueKeys.map(({ key }) => key);
  const mapping = new Mapping({ header, valueKeys, entries: begun?.mapping, map, match });
  const targets = mapping.entries(header);
  print(`${file} into the board ${board.name} (${board.id}) of ${client.url}`);
  for (const line of mappingLines(targets, first[0], { mapping, match, read })) print(line);
  for (const line of hintLines(mapping, first, options)) print(line);
  checkTitle(mapping, header, match);
  const totals = new Totals(entries.filter((entry) => 'chunk' in entry));
  if (entries.some((entry) => 'done' in entry)) {
    print(`Imported before: ${describe(totals.counts)}. Use --again to import it once more.`);
    return checkRejected(totals.counts, rejectedName);
  }
  if (terminal.isInteractive && !yes && !isDryRun && !(await terminal.confirm('Import?'))) return;
  const salt = begun?.salt ?? (again ? String(Date.now()) : '');
  if (begun === undefined) journal?.add({ salt, mapping: targets, rejected: rejectedName });
  if (totals.chunks > 0) print(`Going on after ${counted(totals.counts.rows, 'row')}.`);

  const progress = new Progress(terminal);
  const rejected = isDryRun
    ? undefined
    : new RejectedFile(rejectedName, { csv: source.csv, bytes: totals.rejectedBytes });
  await writeRows(rows, {
    client,
    boardId: board.id,
    isDryRun,
    key: importKey(...identity, salt),
    toOperation: (row, item) => toOperation(row, { mapping, match, read }, item),
    totals,
    rejected,
    onStep(step) {
      journal?.add(step);
      progress.update({ ...totals.counts, part: size === 0 ? 1 : bytes / size });
    },
    print,
  });
  progress.end();
  journal?.add({ done: true });
  print(`${isDryRun ? 'Dry run: ' : ''}${describe(totals.counts)}.`);
  checkRejected(totals.counts, rejected?.path);
}

/** Throws StartupError for rejected rows, so that a script notices them. */
function checkRejected({ failed }: ImportCounts, path: string | undefined): void {
  if (failed === 0) return;
  throw new StartupError(
    path === undefined
      ? `Rows that would be rejected: ${failed}.`
      : `The rejected rows, with line and reason: ${path}`,
  );
}
