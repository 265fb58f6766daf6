import { ConfigError } from '../../config.ts';
import { counted } from '../../errors.ts';
import { StartupError } from '../../postgres/startup-error.ts';
import { importKey } from '../../transfer/import-key.ts';
import type { Row } from '../../transfer/rows.ts';
import { contactsOfItems, copyContacts } from './copy-contacts.ts';
import type { GatewayClient } from './gateway-client.ts';
import { Journal } from './journal.ts';
import type { ImportFileOptions } from './options.ts';
import { Progress } from './progress.ts';
import { RejectedFile } from './rejected-file.ts';
import { Source, type SourceBoard, type SourceItem } from './source.ts';
import { describe, type ImportStep, Totals, writeRows } from './write-rows.ts';

/** A line of the progress file: ids of the source with those of the gateway, and batches of items. */
type JournalEntry =
  | { contacts: [string, string][] }
  | { board: string; id: string; columns: [string, string][] }
  | { items: string; step: ImportStep }
  | { done: string };

/** The progress of earlier runs. */
interface Copied {
  contacts: Map<string, string>;
  boards: Map<string, { id: string; columns: Map<string, string> }>;
  steps: Map<string, ImportStep[]>;
  done: Set<string>;
}

function copiedBefore(entries: readonly JournalEntry[]): Copied {
  const copied: Copied = {
    contacts: new Map(),
    boards: new Map(),
    steps: new Map(),
    done: new Set(),
  };
  for (const entry of entries) {
    if ('contacts' in entry) for (const [from, to] of entry.contacts) copied.contacts.set(from, to);
    else if ('board' in entry)
      copied.boards.set(entry.board, { id: entry.id, columns: new Map(entry.columns) });
    else if ('items' in entry)
      copied.steps.set(entry.items, [...(copied.steps.get(entry.items) ?? []), entry.step]);
    else copied.done.add(entry.done);
  }
  return copied;
}

/** An id of the source, or its host, as part of the name of a file. */
const inFileName = (id: unknown): string => String(id).replace(/[^\w.-]/g, '-');

export interface ImportServerOptions extends ImportFileOptions {
  from: GatewayClient;
  /** The id or the name of the only board to copy. */
  board: string | undefined;
}

/**
 * Copies boards with columns and items, and contacts, from a server that speaks the documented REST API. It keeps its
 * progress in a file of the working directory: the command can be repeated after a failure. Throws StartupError where
 * items were rejected.
 */
export async function importServer(options: ImportServerOptions): Promise<void> {
  const { client, from, print } = options;
  const source = new Source(from);
  const boards = await boardsOf(source, options.board);
  const { viewer } = await client.graphql<{ viewer: { workspace: { id: string; name: string } } }>(
    '{ viewer { workspace { id name } } }',
    {},
  );
  const key = importKey(from.url, viewer.workspace.id);
  const host = inFileName(new URL(from.url).host);
  const journal = new Journal<JournalEntry>(`import-from-${host}-${key.slice(0, 8)}.jsonl`);
  const copied = copiedBefore(journal.entries);
  print(
    `${counted(boards.length, 'board')} of ${from.url} into the workspace ${viewer.workspace.name} of ${client.url}; progress in ${journal.path}`,
  );
  const all = boards.map(({ name }) => name).join(', ');
  if (options.terminal.isInteractive && !(await options.terminal.confirm(`Import ${all}?`))) return;

  // A later run with other boards may find contacts that an earlier one did not have.
  const contacts = await source.contacts();
  const wanted =
    contacts ??
    (await contactsOfItems(
      source,
      boards.map(({ id }) => id),
    ));
  const before = copied.contacts.size;
  const created = await copyContacts(wanted, {
    client,
    key,
    copied: copied.contacts,
    print,
    onCopied(pairs) {
      journal.add({ contacts: pairs });
      for (const [theirs, ours] of pairs) copied.contacts.set(theirs, ours);
    },
  });
  const found = copied.contacts.size - before - created;
  print(
    `${counted(copied.contacts.size, 'contact')}: ${created} created, ${found} found by e-mail address, ${before} imported before`,
  );
  for (const { id, name } of boards) {
    if (copied.done.has(id)) {
      print(`${name}: imported before`);
      continue;
    }
    await copyBoard(await source.board(id), { ...options, source, key, journal, copied });
    journal.add({ done: id });
  }
  const isRejected = (id: string) => copied.steps.get(id)?.some(({ failed }) => failed > 0);
  const names = boards.filter(({ id }) => isRejected(id)).map(({ name }) => name);
  if (names.length > 0) throw new StartupError(`Items were rejected of: ${names.join(', ')}`);
}

/** All boards of the source, or the one that is named. Throws ConfigError. */
async function boardsOf(source: Source, wanted: string | undefined) {
  const boards: { id: string; name: string }[] = [];
  for await (const { id, name } of source.boards())
    if (wanted === undefined || wanted === id || wanted === name) boards.push({ id, name });
  if (boards.length > 0) return boards;
  throw new ConfigError(
    wanted === undefined
      ? `${source.url} has no boards.`
      : `${source.url} has no board '${wanted}'.`,
  );
}

interface CopyOptions extends ImportServerOptions {
  source: Source;
  key: string;
  journal: Journal<JournalEntry>;
  copied: Copied;
}

async function copyBoard(board: SourceBoard, options: CopyOptions): Promise<void> {
  const { client, terminal, print, source, key, journal, copied } = options;
  const target = copied.boards.get(board.id) ?? (await createBoard(board, options));
  const steps = copied.steps.get(board.id) ?? [];
  copied.steps.set(board.id, steps);
  const totals = new Totals(steps);
  const progress = new Progress(terminal);
  const rejected = new RejectedFile(
    journal.path.replace(/\.jsonl$/, `-${inFileName(board.id)}.rejected.ndjson`),
    {
      csv: undefined,
      bytes: totals.rejectedBytes,
    },
  );
  await writeRows(rowsOf(source.items(board.id)), {
    client,
    boardId: target.id,
    isDryRun: false,
    key: importKey(key, 'items', board.id),
    toOperation: ({ cells }) => ({
      create: toInput(cells as never, target.columns, copied.contacts),
    }),
    totals,
    rejected,
    onStep(step) {
      journal.add({ items: board.id, step });
      steps.push(step);
      progress.update(totals.counts);
    },
    print,
  });
  progress.end();
  print(`${board.name}: ${describe(totals.counts)}`);
  if (totals.counts.failed > 0) print(`  the rejected items: ${rejected.path}`);
}

async function* rowsOf(items: AsyncIterable<SourceItem>): AsyncGenerator<Row> {
  let line = 0;
  for await (const item of items) {
    line += 1;
    yield { line, cells: { ...item }, source: [JSON.stringify(item)] };
  }
}

function toInput(
  { title, column_id, values, labels, contact }: SourceItem,
  columns: ReadonlyMap<string, string>,
  contacts: ReadonlyMap<string, string>,
): object {
  return {
    title,
    // An id that is not known is refused, with the item's line.
    columnId: columns.get(column_id) ?? column_id,
    values: values ?? {},
    labels: labels ?? [],
    ...(contact != null && { contactId: contacts.get(contact.id) ?? contact.id }),
  };
}

async function createBoard(board: SourceBoard, { client, source, key, journal }: CopyOptions) {
  const { allow_delete: allowDelete, allow_reorder: allowReorder, color } = board.settings ?? {};
  const { made } = await client.graphql<{ made: { board: { id: string } } }>(
    'mutation ($input: CreateBoardInput!) { made: createBoard(input: $input) { board { id } } }',
    {
      input: {
        name: board.name,
        description: board.description ?? '',
        ...(allowDelete !== undefined && { allowDelete }),
        ...(allowReorder !== undefined && { allowReorder }),
        ...(color !== undefined && { color }),
      },
    },
    importKey(key, 'board', board.id),
  );
  const { id } = made.board;
  const columns: [string, string][] = [];
  for (const column of board.columns.toSorted((a, b) => a.position - b.position)) {
    const { color: shade, settings } = await source.column(board.id, column);
    const input = {
      boardId: id,
      name: column.name,
      ...(shade != null && { color: shade }),
      ...(settings?.wip_limit != null && { wipLimit: settings.wip_limit }),
      ...(settings?.auto_archive_days != null && { autoArchiveDays: settings.auto_archive_days }),
    };
    const { made: created } = await client.graphql<{ made: { column: { id: string } } }>(
      'mutation ($input: CreateColumnInput!) { made: createColumn(input: $input) { column { id } } }',
      { input },
      importKey(key, 'column', board.id, column.id),
    );
    columns.push([column.id, created.column.id]);
  }
  journal.add({ board: board.id, id, columns });
  return { id, columns: new Map(columns) };
}
