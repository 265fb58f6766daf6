import { Prisma } from '../generated/prisma/client.ts';
import { toIsoString } from '../limits/iso-8601.ts';
import type { Cells } from '../postgres/client.ts';
import { changesAdvice } from '../sql/cursor.ts';
import { epochSeconds, parseJson, toDate, toText } from '../sql/decode.ts';
import { textArrayParam } from '../sql/generic-plan.ts';
import { type PageQuery, type Source, table } from '../sql/page.ts';
import { cursorIdentity } from '../sql/page-args.ts';
import { fieldOf } from './items/write/write-errors.ts';

const { sql } = Prisma;

/** One row of a board's change log. */
export interface Change {
  boardId: string;
  revision: number;
  subject: 'ITEM' | 'COLUMN' | 'BOARD';
  subjectId: string;
  action: 'CREATED' | 'UPDATED' | 'MOVED' | 'SHIFTED' | 'DELETED';
  version: number | null;
  agentId: string | null;
  at: Date;
  /** The old and the new values of the changed columns, by column name; entries of `values` as `values.<key>`. */
  before: Record<string, unknown>;
  after: Record<string, unknown>;
  /** How the change concerns the items that a feed's filter matches; undefined for a feed without a filter. */
  transition?: Transition | undefined;
}

/** An item began to match a filter, matched before and after, or no longer matches. */
export type Transition = 'ENTERED' | 'UPDATED' | 'LEFT';

/** One field of a change. */
export interface FieldChange {
  field: string;
  before: unknown;
  after: unknown;
}

/** Selects the log of a board, or of one item or column of it. */
export interface ChangeParent {
  boardId: string;
  subjectId?: string | undefined;
}

/** The columns that `changeOf` reads, of the log `l`. */
export const changeColumns = sql`l.board_id, l.revision, l.subject, l.subject_id, l.action, l.version, l.agent_id,
  ${epochSeconds(sql`l.at`)}, l.before, l.after`;

const nameOf = ({ boardId, subjectId }: ChangeParent): string =>
  JSON.stringify([boardId, subjectId]);

/** The logs of several parents, either all boards or all items and columns, of one workspace. */
export function changeSource(
  workspaceId: string,
  parents: readonly ChangeParent[],
): Source<Change> {
  const boards = textArrayParam(parents.map(({ boardId }) => boardId));
  const subjects = textArrayParam(parents.map(({ subjectId }) => subjectId ?? ''));
  const ofSubject =
    parents[0]?.subjectId === undefined ? sql`TRUE` : sql`l.subject_id = p.subject_id`;
  return {
    row: changeColumns,
    names: parents.map(nameOf),
    parents: sql`unnest(${boards}, ${subjects}) WITH ORDINALITY AS p (board_id, subject_id, n)`,
    pick: table(
      sql`board_change l`,
      sql`l.workspace_id = ${workspaceId} AND l.board_id = p.board_id AND ${ofSubject}`,
    ),
    read: changeOf,
  };
}

/** Reads a row of `changeColumns`. */
export const changeOf = (cells: Cells): Change => ({
  boardId: toText(cells[0]),
  revision: Number(cells[1]),
  subject: toText(cells[2]) as Change['subject'],
  subjectId: toText(cells[3]),
  action: toText(cells[4]) as Change['action'],
  version: cells[5] == null ? null : Number(cells[5]),
  agentId: cells[6] ?? null,
  at: toDate(cells[7]),
  before: parseJson(cells[8]) as Change['before'],
  after: parseJson(cells[9]) as Change['after'],
});

/** The log in commit order, or newest first. */
export const changePageQuery = (isNewestFirst: boolean): PageQuery => ({
  where: [],
  order: [
    { by: sql`l.revision`, cast: sql`bigint`, descending: isNewestFirst },
    { by: sql`l.n`, cast: sql`bigint`, descending: isNewestFirst },
  ],
  identity: JSON.stringify(['changes', isNewestFirst]),
  cursorAdvice: changesAdvice,
});

/** The identity that binds a cursor to a board's log in commit order. */
export const changeCursorIdentity = (boardId: string): string =>
  cursorIdentity(nameOf({ boardId }), changePageQuery(false).identity);

/**
 * The changed fields, sorted by name. Null means no value; fields that are null before and after are left out, but not the
 * keys of values: rows that were loaded as a whole, as from the demo, may have the value null under a key that goes.
 */
export function changedFields({ before, after }: Pick<Change, 'before' | 'after'>): FieldChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name) => {
    const [from, to] = [publicValue(name, before[name]), publicValue(name, after[name])];
    const isNamed = from !== null || to !== null || name.startsWith('values.');
    return isNamed ? [{ field: fieldOf(name), before: from, after: to }] : [];
  });
}

/** The value as clients see it: PostgreSQL formats instants in the session's time zone. */
const publicValue = (name: string, value: unknown): unknown =>
  name === 'created_at' && value != null ? toIsoString(new Date(String(value))) : (value ?? null);
