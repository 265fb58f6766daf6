import { type Agent, type Contact, type Item, Prisma } from '../../../generated/prisma/client.ts';
import type { Cells, Reader } from '../../../postgres/client.ts';
import { RawJson } from '../../../raw-json.ts';
import { epochSeconds, parseJson, toDate, toText } from '../../../sql/decode.ts';
import { textArrayParam } from '../../../sql/generic-plan.ts';
import { fetchOptions, type JoinedColumns } from '../../../sql/page.ts';
import { Placeholder, statementTemplate } from '../../../sql/statement-template.ts';
import { type JsonProjection, jsonColumn } from './json-projection.ts';

const { sql, empty } = Prisma;

/** What is fetched with an item, because the request asks for it too. */
export interface ItemIncludes {
  contact: boolean;
  createdBy: boolean;
  /** Where it is said, rows are no more than the text of this: `Written`, in the place of items. */
  shape?: JsonProjection | undefined;
}

/** An item, with what was fetched along with it. */
export type FullItem = Item & { contact?: Contact | null; createdBy?: Agent };

/** The columns of an item `i`, in the order in which `itemOf` takes their cells. */
const columns = sql`i.id, i.board_id, i.column_id, i.title, i.position, i."values", to_json(i.labels), i.contact_id,
  to_json(i.conversation_ids), i.created_by_id, i.version, ${epochSeconds(sql`i.created_at`)}, ${epochSeconds(sql`i.updated_at`)}`;
const columnsCount = 13;
const contactColumns = sql`contact.name, contact.phone, contact.email,
  ${epochSeconds(sql`contact.created_at`)}, ${epochSeconds(sql`contact.updated_at`)}`;
const contactColumnsCount = 5;
const agentColumns = sql`agent.name, ${epochSeconds(sql`agent.created_at`)}`;

/** What the text of an item may be made of. */
const rawColumns = sql`i.id, i.board_id, i.column_id, i.title, i.position, i."values", i.labels, i.contact_id,
  i.conversation_ids, i.created_by_id, i.version, i.created_at, i.updated_at`;

/** What is fetched along with the items `i`: more columns, and where they come from. */
function along(workspaceId: string, fetched: ItemIncludes): JoinedColumns {
  // OFFSET 0 makes it a look-up for each row, whatever the planner thinks: so the rows stay in their order.
  const contact = sql`LEFT JOIN LATERAL (SELECT k.* FROM contact k
    WHERE k.workspace_id = ${workspaceId} AND k.id = i.contact_id OFFSET 0) contact ON TRUE`;
  const createdBy = sql`LEFT JOIN LATERAL (SELECT a.* FROM agent a
    WHERE a.workspace_id = ${workspaceId} AND a.id = i.created_by_id OFFSET 0) agent ON TRUE`;
  return {
    columns: sql`${fetched.contact ? sql`, ${contactColumns}` : empty} ${fetched.createdBy ? sql`, ${agentColumns}` : empty}`,
    joins: sql`${fetched.contact ? contact : empty} ${fetched.createdBy ? createdBy : empty}`,
  };
}

/** How the cells of a row are an item, with what was fetched along. */
const itemOf =
  (workspaceId: string, fetched: ItemIncludes) =>
  (cells: Cells): FullItem => {
    const contactId = cells[7] ?? null;
    const createdById = toText(cells[9]);
    const item: FullItem = {
      workspaceId,
      id: toText(cells[0]),
      boardId: toText(cells[1]),
      columnId: toText(cells[2]),
      title: toText(cells[3]),
      position: Number(cells[4]),
      values: parseJson(cells[5]) as Item['values'],
      labels: parseJson(cells[6]) as string[],
      contactId,
      conversationIds: parseJson(cells[8]) as string[],
      createdById,
      version: Number(cells[10]),
      createdAt: toDate(cells[11]),
      updatedAt: toDate(cells[12]),
    };
    const at = columnsCount;
    if (fetched.contact && contactId !== null) {
      item.contact = {
        workspaceId,
        id: contactId,
        name: toText(cells[at]),
        phone: cells[at + 1] ?? null,
        email: cells[at + 2] ?? null,
        createdAt: toDate(cells[at + 3]),
        updatedAt: toDate(cells[at + 4]),
      };
    }
    if (fetched.createdBy) {
      const from = at + (fetched.contact ? contactColumnsCount : 0);
      const createdAt = toDate(cells[from + 1]);
      item.createdBy = { workspaceId, id: createdById, name: toText(cells[from]), createdAt };
    }
    return item;
  };

/** How the rows of a source are read: as items, or as texts of them. */
export function rowsOf(workspaceId: string, fetched: ItemIncludes) {
  const { columns: more, joins } = along(workspaceId, fetched);
  const { shape } = fetched;
  if (shape === undefined) {
    const read = itemOf(workspaceId, fetched);
    return { row: columns, along: { columns: sql`i.* ${more}`, joins }, read };
  }
  return {
    row: rawColumns,
    along: { columns: sql`i.keys, ${jsonColumn(shape)}`, joins },
    // The plan that said the shape takes texts wherever it takes rows.
    read: ([cell]: Cells) => new RawJson(toText(cell)) as unknown as FullItem,
  };
}

/** An item that is no more than a text, and what must be known of it. */
export interface ItemJson {
  id: string;
  boardId: string;
  text: RawJson;
}

const [theWorkspace, theIds] = [new Placeholder(), new Placeholder()];

const itemTexts = new WeakMap<JsonProjection, ReturnType<typeof statementTemplate>>();

/** The statement for items by their ids as texts. */
function itemTextsFor(
  fetched: ItemIncludes & { shape: JsonProjection },
): ReturnType<typeof statementTemplate> {
  const { joins } = along(theWorkspace as never, fetched);
  return statementTemplate(sql`SELECT i.id, i.board_id, i.version, ${jsonColumn(fetched.shape)} FROM item i ${joins}
    WHERE i.workspace_id = ${theWorkspace} AND i.id = ANY(${textArrayParam(theIds)})`);
}

/** Items by their ids as texts of one shape, in one statement. */
export async function readItemsAsJson(
  db: Reader,
  workspaceId: string,
  { ids, ...fetched }: ItemIncludes & { ids: readonly string[]; shape: JsonProjection },
): Promise<ItemJson[]> {
  const template = itemTexts.get(fetched.shape) ?? itemTextsFor(fetched);
  itemTexts.set(fetched.shape, template);
  const holes = new Map<unknown, unknown>([
    [theWorkspace, workspaceId],
    [theIds, ids],
  ]);
  const rows = await db.$rows(template(holes), fetchOptions(ids.length));
  return rows.map((cells) => ({
    id: toText(cells[0]),
    boardId: toText(cells[1]),
    text: new RawJson(toText(cells[3]), Number(cells[2])),
  }));
}

/** Items by their ids with all that belongs to them, in one statement. */
export async function readItems(
  db: Reader,
  workspaceId: string,
  itemIds: readonly string[],
): Promise<FullItem[]> {
  const fetched = { contact: true, createdBy: true };
  const { columns: more, joins } = along(workspaceId, fetched);
  const rows = await db.$rows(
    sql`SELECT ${columns} ${more} FROM item i ${joins}
    WHERE i.workspace_id = ${workspaceId} AND i.id = ANY(${textArrayParam(itemIds)})`,
    fetchOptions(itemIds.length),
  );
  return rows.map(itemOf(workspaceId, fetched));
}
