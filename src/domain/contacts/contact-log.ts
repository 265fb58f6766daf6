import { Prisma } from '../../generated/prisma/client.ts';
import type { Cells } from '../../postgres/client.ts';
import { epochSeconds, parseJson, toDate, toText } from '../../sql/decode.ts';
import { textParam } from '../../sql/generic-plan.ts';
import { oneParent, type PageQuery, type Source, table } from '../../sql/page.ts';

const { sql } = Prisma;

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

/** The log of all contacts of a workspace, or of one. */
export const contactChangeSource = (
  workspaceId: string,
  contactId: string | undefined,
): Source<ContactChange> => ({
  row: sql`l.revision, l.contact_id, l.action, l.agent_id, ${epochSeconds(sql`l.at`)}, l.before, l.after`,
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

const contactChangeOf = (cells: Cells): ContactChange => ({
  revision: Number(cells[0]),
  subject: 'CONTACT',
  subjectId: toText(cells[1]),
  action: toText(cells[2]) as ContactChange['action'],
  agentId: cells[3] ?? null,
  at: toDate(cells[4]),
  before: parseJson(cells[5]) as ContactChange['before'],
  after: parseJson(cells[6]) as ContactChange['after'],
});

/** The log in commit order, or newest first. */
export const contactChangeQuery = (isNewestFirst: boolean): PageQuery => ({
  where: [],
  order: [
    { by: sql`l.revision`, cast: sql`bigint`, descending: isNewestFirst },
    { by: sql`l.n`, cast: sql`bigint`, descending: isNewestFirst },
  ],
  identity: JSON.stringify(['contactChanges', isNewestFirst]),
});
