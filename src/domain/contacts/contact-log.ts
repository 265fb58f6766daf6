import { Prisma } from '../../generated/prisma/client.ts';
import type { Cells } from '../../postgres/client.ts';
import { changesAdvice } from '../../sql/cursor.ts';
import { epochSeconds, parseJson, toDate, toText } from '../../sql/decode.ts';
import { textParam } from '../../sql/generic-plan.ts';
import { oneParent, type PageQuery, type Source, table } from '../../sql/page.ts';
import { cursorIdentity } from '../../sql/page-args.ts';

const { sql } = Prisma;

/** The id of the log of contacts, beside the logs of boards, which have the ids of their boards. */
export const contactsLog = '';

/** One row of the log of a workspace's contacts. */
export interface ContactChange {
  revision: number;
  subject: 'CONTACT';
  subjectId: string;
  action: 'CREATED' | 'UPDATED' | 'MERGED' | 'DELETED';
  agentId: string | null;
  at: Date;
  /** The old and the new values of the changed columns, by column name. */
  before: Record<string, unknown>;
  after: Record<string, unknown>;
}

/** The columns that `contactChangeOf` reads, of the log `l`: in the order of those of a board's log. */
export const contactChangeColumns = sql`NULL, l.revision, 'CONTACT', l.contact_id, l.action, NULL, l.agent_id,
  ${epochSeconds(sql`l.at`)}, l.before, l.after`;

/** The log of all contacts of a workspace, or of one. */
export const contactChangeSource = (
  workspaceId: string,
  contactId: string | undefined,
): Source<ContactChange> => ({
  row: contactChangeColumns,
  names: [contactId ?? ''],
  parents: oneParent,
  pick: table(
    sql`contact_change l`,
    contactId === undefined
      ? sql`l.workspace_id = ${textParam(workspaceId)}`
      : sql`l.workspace_id = ${textParam(workspaceId)} AND l.contact_id = ${textParam(contactId)}`,
  ),
  read: contactChangeOf,
});

/** Reads a row of `contactChangeColumns`. */
export const contactChangeOf = (cells: Cells): ContactChange => ({
  revision: Number(cells[1]),
  subject: 'CONTACT',
  subjectId: toText(cells[3]),
  action: toText(cells[4]) as ContactChange['action'],
  agentId: cells[6] ?? null,
  at: toDate(cells[7]),
  before: parseJson(cells[8]) as ContactChange['before'],
  after: parseJson(cells[9]) as ContactChange['after'],
});

/** The log in commit order, or newest first. */
export const contactChangeQuery = (isNewestFirst: boolean): PageQuery => ({
  where: [],
  order: [
    { by: sql`l.revision`, cast: sql`bigint`, descending: isNewestFirst },
    { by: sql`l.n`, cast: sql`bigint`, descending: isNewestFirst },
  ],
  identity: JSON.stringify(['contactChanges', isNewestFirst]),
  cursorAdvice: changesAdvice,
});

/** The identity that binds a cursor to the log of all contacts in commit order. */
export const contactCursorIdentity = (): string =>
  cursorIdentity('', contactChangeQuery(false).identity);
