import type { PrismaClient, Transaction } from '../database/open.ts';
import { ApiError, invalid } from '../errors.ts';
import { type Item, Prisma } from '../generated/prisma/client.ts';
import { newId } from './ids.ts';
import {
  type ColumnChoice,
  chooseColumn,
  contactNotFound,
  itemNotFound,
  lockBoard,
  readColumns,
  type Scope,
} from './place.ts';
import { checkValues, splitChange, type Values } from './values.ts';

const { sql, empty } = Prisma;

/** Who writes. */
export interface Author {
  workspaceId: string;
  agentId: string;
}

/** What an item can be given. Undefined: not said. `contactId` null: no contact. */
export interface ItemChange extends ColumnChoice {
  title?: string | null | undefined;
  values?: Values | null | undefined;
  labels?: readonly string[] | null | undefined;
  contactId?: string | null | undefined;
}

const maxTitle = 500;
const maxLabels = 50;
const maxLabel = 100;
export const maxBatch = 500;

function checkTitle(title: string): string {
  if (title.trim() === '') throw invalid('title', 'must not be empty');
  if ([...title].length > maxTitle)
    throw invalid('title', `must not be longer than ${maxTitle} characters`);
  return title;
}

function checkLabels(labels: readonly string[]): string[] {
  if (labels.length > maxLabels) throw invalid('labels', `must not be more than ${maxLabels}`);
  for (const label of labels) {
    if (label.trim() === '') throw invalid('labels', 'must not have an empty label');
    if ([...label].length > maxLabel)
      throw invalid('labels', `must not be longer than ${maxLabel} characters each`);
  }
  return [...new Set(labels)];
}

/** Refuses, before anything is locked, what can be refused without the database. */
function checkChange(change: ItemChange): void {
  for (const field of ['title', 'values', 'labels'] as const) {
    if (change[field] === null) throw invalid(field, 'must not be null; leave it out to keep it');
  }
  if (change.title != null) checkTitle(change.title);
  if (change.labels != null) checkLabels(change.labels);
  if (change.values != null) checkValues(change.values);
}

async function checkContact(tx: Transaction, workspaceId: string, id: string | null | undefined) {
  if (id == null) return;
  if ((await tx.contact.count({ where: { workspaceId, id } })) === 0) throw contactNotFound(id);
}

/** What is known of an item that a write gave back: all that Prisma's model has. */
const read = (tx: Transaction, workspaceId: string, id: string): Promise<Item> =>
  tx.item.findUniqueOrThrow({ where: { workspaceId_id: { workspaceId, id } } });

/** The place at the end of a column. The board's lock is held, so nobody else takes it. */
async function endOf(tx: Transaction, scope: Scope, columnId: string): Promise<number> {
  const { _max } = await tx.item.aggregate({
    where: { ...scope, columnId },
    _max: { position: true },
  });
  return _max.position === null ? 0 : _max.position + 1;
}

const count = (tx: Transaction, { workspaceId, boardId }: Scope, change: Record<string, number>) =>
  tx.$executeRaw`UPDATE board_column c SET items_count = c.items_count + change.by
    FROM (SELECT key, value::integer AS by FROM jsonb_each_text(${JSON.stringify(change)}::jsonb)) change
    WHERE c.workspace_id = ${workspaceId} AND c.board_id = ${boardId} AND c.id = change.key`;

/** Adds an item at the end of its column (the board's first one where none is named). */
export function createItem(
  db: PrismaClient,
  author: Author,
  { boardId, ...change }: ItemChange & { boardId: string; title: string },
): Promise<Item> {
  checkChange(change);
  const { workspaceId, agentId } = author;
  const scope = { workspaceId, boardId };
  return db.$transaction(async (tx) => {
    await lockBoard(tx, scope);
    const columns = await readColumns(tx, scope);
    const column = chooseColumn(columns, change) ?? columns[0];
    if (column === undefined)
      throw new ApiError('COLUMN_NOT_FOUND', 'The board has no column yet. Create one first.');
    await checkContact(tx, workspaceId, change.contactId);
    const id = newId('item');
    const { set } = splitChange(change.values ?? {});
    // The database's clock, read under the lock: created_at never runs against the order of the writes.
    await tx.$executeRaw`INSERT INTO item (workspace_id, board_id, column_id, id, title, position, "values",
        labels, contact_id, created_by_id, created_at, updated_at)
      SELECT ${workspaceId}, ${boardId}, ${column.id}, ${id}, ${change.title}, ${await endOf(tx, scope, column.id)},
        ${JSON.stringify(set)}::jsonb, ${checkLabels(change.labels ?? [])}::text[], ${change.contactId ?? null},
        ${agentId}, moment, moment FROM clock_timestamp() moment`;
    await count(tx, scope, { [column.id]: 1 });
    return read(tx, workspaceId, id);
  });
}

/**
 * Changes what is given and keeps the rest: values key by key, labels as a whole, another column at its end.
 * Throws ITEM_NOT_FOUND, COLUMN_NOT_FOUND, CONTACT_NOT_FOUND, VALIDATION_ERROR.
 */
export function updateItem(
  db: PrismaClient,
  { workspaceId }: Author,
  { id, ...change }: ItemChange & { id: string; boardId?: string | null | undefined },
): Promise<Item> {
  checkChange(change);
  return db.$transaction(async (tx) => {
    const boardId = change.boardId ?? (await boardOf(tx, workspaceId, id));
    const scope = { workspaceId, boardId };
    await lockBoard(tx, scope);
    const item = await tx.item.findFirst({ where: { ...scope, id } });
    if (item === null) throw itemNotFound(id);
    await checkContact(tx, workspaceId, change.contactId);
    const moved = await moveTo(tx, scope, { item, choice: change });
    const { set, removed } = splitChange(change.values ?? {});
    const values = Object.fromEntries(
      Object.entries({ ...(item.values as Values), ...set }).filter(
        ([key]) => !removed.includes(key),
      ),
    );
    checkValues(values);
    await tx.$executeRaw`UPDATE item SET ${moved} version = version + 1, updated_at = clock_timestamp(),
      title = ${change.title ?? item.title}, "values" = ${JSON.stringify(values)}::jsonb,
      labels = ${checkLabels(change.labels ?? item.labels)}::text[],
      contact_id = ${change.contactId === undefined ? item.contactId : change.contactId}
      WHERE workspace_id = ${workspaceId} AND id = ${id}`;
    return read(tx, workspaceId, id);
  });
}

async function boardOf(tx: Transaction, workspaceId: string, id: string): Promise<string> {
  const item = await tx.item.findUnique({
    where: { workspaceId_id: { workspaceId, id } },
    select: { boardId: true },
  });
  if (item === null) throw itemNotFound(id);
  return item.boardId;
}

/** The assignments that put an item into another column; nothing where it stays. */
async function moveTo(
  tx: Transaction,
  scope: Scope,
  { item, choice }: { item: Item; choice: ColumnChoice },
): Promise<Prisma.Sql> {
  if (choice.columnId == null && choice.columnName == null) return empty;
  const column = chooseColumn(await readColumns(tx, scope), choice);
  if (column === undefined || column.id === item.columnId) return empty;
  const position = await endOf(tx, scope, column.id);
  await count(tx, scope, { [item.columnId]: -1, [column.id]: 1 });
  return sql`column_id = ${column.id}, position = ${position},`;
}

/** Deletes the named items of a board for good; ids that the board does not have are passed over. Returns the deleted ids. */
export function deleteItems(
  db: PrismaClient,
  { workspaceId }: Author,
  { boardId, ids }: { boardId: string; ids: readonly string[] },
): Promise<string[]> {
  if (ids.length > maxBatch) throw invalid('ids', `must not be more than ${maxBatch}`);
  const scope = { workspaceId, boardId };
  return db.$transaction(async (tx) => {
    await lockBoard(tx, scope);
    const gone = await tx.$queryRaw<{ id: string; column_id: string }[]>`DELETE FROM item
      WHERE workspace_id = ${workspaceId} AND board_id = ${boardId} AND id = ANY(${[...ids]}::text[])
      RETURNING id, column_id`;
    const change: Record<string, number> = {};
    for (const { column_id } of gone) change[column_id] = (change[column_id] ?? 0) - 1;
    if (gone.length > 0) await count(tx, scope, change);
    const deleted = new Set(gone.map(({ id }) => id));
    return [...new Set(ids)].filter((id) => deleted.has(id));
  });
}
