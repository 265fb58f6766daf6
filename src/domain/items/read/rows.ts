import { type Agent, type Contact, type Item, Prisma } from '../../../generated/prisma/client.ts';
import type { Cells, Reader } from '../../../postgres/client.ts';
import { RawJson } from '../../../raw-json.ts';
import { rowReader, storedColumns } from '../../../sql/columns.ts';
import { toText } from '../../../sql/decode.ts';
import { textArrayParam } from '../../../sql/generic-plan.ts';
import { fetchOptions, type JoinedColumns, type Source } from '../../../sql/page.ts';
import { Placeholder, statementTemplate } from '../../../sql/statement-template.ts';
import { agentFields, contactFields, itemFields } from '../fields.ts';
import { type JsonProjection, jsonColumn } from './json-projection.ts';

const { sql, empty } = Prisma;

/** Related rows that are fetched with items because the request selects them. */
export interface ItemIncludes {
  contact: boolean;
  createdBy: boolean;
  /** Rows are then read as JSON text of this shape: `RawJson` in place of items. */
  shape?: JsonProjection | undefined;
}

/** An item with its related rows, if they were fetched. */
export type FullItem = Item & { contact?: Contact | null; createdBy?: Agent };

const items = rowReader('i', itemFields);
const contacts = rowReader('contact', contactFields);
const agents = rowReader('agent', agentFields);
const storedItem = storedColumns('i', itemFields);

/** The joins of what is fetched with the items `i`, and its columns. */
function joined(workspaceId: string | Placeholder, includes: ItemIncludes): JoinedColumns {
  // OFFSET 0 makes it a look-up for each row, whatever the planner prefers, so that the rows keep their order.
  const contact = sql`LEFT JOIN LATERAL (SELECT k.* FROM contact k
    WHERE k.workspace_id = ${workspaceId} AND k.id = i.contact_id OFFSET 0) contact ON TRUE`;
  const createdBy = sql`LEFT JOIN LATERAL (SELECT a.* FROM agent a
    WHERE a.workspace_id = ${workspaceId} AND a.id = i.created_by_id OFFSET 0) agent ON TRUE`;
  return {
    columns: sql`${includes.contact ? sql`, ${contacts.select}` : empty} ${includes.createdBy ? sql`, ${agents.select}` : empty}`,
    joins: sql`${includes.contact ? contact : empty} ${includes.createdBy ? createdBy : empty}`,
  };
}

/** Reads an item and what was fetched with it from the cells of a row. */
const itemReader =
  (workspaceId: string, includes: ItemIncludes) =>
  (cells: Cells): FullItem => {
    const item = { workspaceId, ...items.read(cells, 0) } as FullItem;
    let start = items.width;
    if (includes.contact) {
      if (item.contactId !== null)
        item.contact = { workspaceId, ...contacts.read(cells, start) } as Contact;
      start += contacts.width;
    }
    if (includes.createdBy) item.createdBy = { workspaceId, ...agents.read(cells, start) } as Agent;
    return item;
  };

/** The columns of a source's rows: those of items, or one of JSON text. */
export function rowColumns(workspaceId: string | Placeholder, includes: ItemIncludes) {
  const { columns, joins } = joined(workspaceId, includes);
  const { shape } = includes;
  return shape === undefined
    ? { row: items.select, joined: { columns: sql`i.* ${columns}`, joins } }
    : { row: storedItem, joined: { columns: sql`i.keys, ${jsonColumn(shape)}`, joins } };
}

/** Reads the rows of a source from these columns. */
export const readerOf = (workspaceId: string, includes: ItemIncludes): Source<FullItem>['read'] =>
  includes.shape === undefined
    ? itemReader(workspaceId, includes)
    : // A plan that asks for a shape takes JSON text wherever it takes rows.
      ([cell]) => new RawJson(toText(cell)) as unknown as FullItem;

/** An item as JSON text, and what its reader must know of it. */
export interface ItemJson {
  id: string;
  boardId: string;
  text: RawJson;
}

type JsonIncludes = ItemIncludes & { shape: JsonProjection };

const [theWorkspace, theIds] = [new Placeholder(), new Placeholder()];

/** The statement that reads items of a shape by their ids. */
const jsonStatements = new WeakMap<JsonProjection, ReturnType<typeof statementTemplate>>();

function jsonStatement(includes: JsonIncludes): ReturnType<typeof statementTemplate> {
  const cached = jsonStatements.get(includes.shape);
  if (cached !== undefined) return cached;
  const { joins } = joined(theWorkspace, includes);
  const template =
    statementTemplate(sql`SELECT i.id, i.board_id, i.version, ${jsonColumn(includes.shape)} FROM item i ${joins}
    WHERE i.workspace_id = ${theWorkspace} AND i.id = ANY(${textArrayParam(theIds)})`);
  jsonStatements.set(includes.shape, template);
  return template;
}

/** Items by their ids as JSON text of one shape, in one statement. */
export async function readItemsAsJson(
  db: Reader,
  workspaceId: string,
  { ids, ...includes }: JsonIncludes & { ids: readonly string[] },
): Promise<ItemJson[]> {
  const values = new Map<unknown, unknown>([
    [theWorkspace, workspaceId],
    [theIds, ids],
  ]);
  const rows = await db.$rows(jsonStatement(includes)(values), fetchOptions(ids.length));
  return rows.map((cells) => ({
    id: toText(cells[0]),
    boardId: toText(cells[1]),
    text: new RawJson(toText(cells[3]), Number(cells[2])),
  }));
}

/** Items by their ids with their contacts and agents, in one statement. */
export async function readItems(
  db: Reader,
  workspaceId: string,
  itemIds: readonly string[],
): Promise<FullItem[]> {
  const includes = { contact: true, createdBy: true };
  const { columns, joins } = joined(workspaceId, includes);
  const rows = await db.$rows(
    sql`SELECT ${items.select} ${columns} FROM item i ${joins}
    WHERE i.workspace_id = ${workspaceId} AND i.id = ANY(${textArrayParam(itemIds)})`,
    fetchOptions(itemIds.length),
  );
  return rows.map(itemReader(workspaceId, includes));
}
