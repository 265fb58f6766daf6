import { invalid } from '../../errors.ts';
import { Prisma } from '../../generated/prisma/client.ts';
import type { Reader } from '../../postgres/client.ts';
import { customPlan } from '../../postgres/statement-names.ts';
import { and } from '../../sql/conditions.ts';
import { toText } from '../../sql/decode.ts';
import type { Transition } from '../change-log.ts';
import { survivorOf } from '../contacts/merged.ts';
import { filterConditions, type ItemFilter } from '../items/filter/filter.ts';
import type { ItemState, ItemStates } from './item-states.ts';
import type { Position } from './position.ts';

const { sql, raw } = Prisma;

/** Fields whose earlier values the log does not have, and what to use instead. */
const unsupported = {
  columnName: 'cannot be followed: it changes without its items. Use columnId',
  updatedAt: 'cannot be followed: the log has no earlier times. Use createdAt, or no filter',
} as const;

/** Throws VALIDATION_ERROR for an invalid filter, and for one that cannot be tested on the states that items had. */
export function checkFeedFilter(filter: ItemFilter | null | undefined): void {
  filterConditions({ workspaceId: '' }, filter);
  checkFollowed(filter);
}

function checkFollowed(filter: ItemFilter | null | undefined): void {
  if (filter == null) return;
  for (const field of ['columnName', 'updatedAt'] as const) {
    if (filter[field] != null) throw invalid(field, unsupported[field]);
  }
  for (const node of [...(filter.and ?? []), ...(filter.or ?? []), filter.not]) checkFollowed(node);
}

/** The entries of the item `c` as the log has them, of the columns that a filter can test. */
const currentEntries = sql`CASE WHEN c.id IS NULL THEN '{}' ELSE
  jsonb_build_object('column_id', c.column_id, 'title', c.title, 'labels', c.labels, 'contact_id', c.contact_id,
    'created_by_id', c.created_by_id, 'created_at', c.created_at)
  || coalesce((SELECT jsonb_object_agg('values.' || key, value) FROM jsonb_each(c."values")), '{}') END`;

/** The item `i` that entries of the log describe. */
const imageOf = (workspaceId: string, entries: Prisma.Sql): Prisma.Sql => sql`
  SELECT image.*, public.item_search(image.title, image."values") AS search FROM (
    SELECT ${workspaceId}::text COLLATE "C" AS workspace_id, h.board_id, h.subject_id AS id,
      (${entries} ->> 'column_id') COLLATE "C" AS column_id, (${entries} ->> 'title') COLLATE "C" AS title,
      coalesce((SELECT jsonb_object_agg(substr(key, 8), value) FROM jsonb_each(${entries})
        WHERE starts_with(key, 'values.')), '{}') AS "values",
      ARRAY(SELECT jsonb_array_elements_text(coalesce(${entries} -> 'labels', '[]'))) AS labels,
      ${survivorOf(workspaceId, sql`(${entries} ->> 'contact_id') COLLATE "C"`)} AS contact_id,
      (${entries} ->> 'created_by_id') COLLATE "C" AS created_by_id,
      (${entries} ->> 'created_at')::timestamptz(3) AS created_at
  ) image`;

/** Bytes of a state that is kept for the next page. */
const maxStateBytes = 8192;

interface TestedPage {
  workspaceId: string;
  boardId: string;
  filter: ItemFilter;
  states?: ItemStates | undefined;
  /** The ids of the items of its changes. */
  ids: readonly string[];
  /** The positions between which its changes are. */
  after: Position;
  end: Position;
  /** True where changes of the items follow. */
  hasMore: boolean;
}

/** How each change of an item concerns the items that a filter matches, by its position; in one statement. */
export async function readTransitions(
  db: Reader,
  page: TestedPage,
): Promise<Map<string, Transition | undefined>> {
  const { workspaceId, states, ids } = page;
  const known = states?.find(workspaceId, new Set(ids)) ?? [];
  const rows = await db.$rows(transitions(page, known));
  return new Map(
    rows.map(([id, revision, n, before, after, entries]) => {
      const position = { revision: toText(revision), n: toText(n) };
      if (entries != null) states?.save(workspaceId, { ...position, id: toText(id), entries });
      return [nameOfPosition(position), transitionOf(before === 't', after === 't')];
    }),
  );
}

/** A position as the key of a map. */
export const nameOfPosition = (position: Position | undefined): string =>
  `${position?.revision}.${position?.n}`;

function transitionOf(before: boolean, after: boolean): Transition | undefined {
  if (before) return after ? 'UPDATED' : 'LEFT';
  return after ? 'ENTERED' : undefined;
}

/**
 * For each change of an item in the page: whether the item matched before and after it, and its last state. The page
 * begins with the state that is known as of the item's last change before it, or else with the current one, with the
 * changes of the page and all later ones undone.
 */
function transitions(
  { workspaceId, boardId, filter, states, after, end, hasMore }: TestedPage,
  known: readonly ItemState[],
): Prisma.Sql {
  const matches = and(filterConditions({ workspaceId }, filter));
  const matchesEntries = (entries: Prisma.Sql) =>
    sql`(jsonb_exists(${entries}, 'title') AND EXISTS (SELECT FROM (${imageOf(workspaceId, entries)}) i WHERE ${matches}))`;
  const ofItem = sql`l.workspace_id = ${workspaceId} AND l.subject_id = s.id`;
  return sql`
    WITH ${raw(`/* ${customPlan} */`)} page AS MATERIALIZED (
      SELECT l.board_id, l.subject_id, l.revision, l.n, l.before, l.after FROM board_change l
      WHERE l.workspace_id = ${workspaceId} AND l.board_id = ${boardId} AND l.subject = 'ITEM'
        AND (l.revision, l.n) > (${after.revision}::bigint, ${after.n}::bigint)
        AND (l.revision, l.n) <= (${end.revision}::bigint, ${end.n}::bigint)
    ), known AS MATERIALIZED (
      SELECT k.* FROM jsonb_to_recordset(${toJson(known)}::jsonb) AS k (id text, revision bigint, n bigint, entries jsonb)
    ), start AS MATERIALIZED (
      SELECT s.id, coalesce((
        SELECT k.entries FROM known k WHERE k.id = s.id AND (k.revision, k.n) < (s.revision, s.n) AND NOT EXISTS (
          SELECT FROM board_change l WHERE ${ofItem} AND (l.revision, l.n) > (k.revision, k.n)
            AND (l.revision, l.n) < (s.revision, s.n))
      ), (
        SELECT entries_before(s.current, l.before, l.after) FROM (
          SELECT l.before, l.after FROM board_change l WHERE ${ofItem} AND (l.revision, l.n) >= (s.revision, s.n)
          ORDER BY l.revision DESC, l.n DESC) l
      )) AS entries
      FROM (
        SELECT first.*, ${currentEntries} AS current
        FROM (SELECT DISTINCT ON (subject_id) subject_id AS id, revision, n FROM page ORDER BY subject_id, revision, n) first
        LEFT JOIN item c ON c.workspace_id = ${workspaceId} AND c.id = first.id
      ) s
    )
    SELECT h.subject_id, h.revision, h.n, ${matchesEntries(sql`h.before_entries`)}, ${matchesEntries(sql`h.after_entries`)},
      CASE WHEN h.is_last AND ${hasMore && states !== undefined} AND pg_column_size(h.after_entries) <= ${maxStateBytes} THEN h.after_entries END
    FROM (
      SELECT changed.*, lag(changed.after_entries, 1, changed.entries) OVER changes AS before_entries,
        lead(changed.n) OVER changes IS NULL AS is_last
      FROM (
        -- To undo the reverse of a change is to repeat it.
        SELECT page.*, start.entries, entries_before(start.entries, page.after, page.before) OVER (
          PARTITION BY page.subject_id ORDER BY page.revision, page.n) AS after_entries
        FROM page JOIN start ON start.id = page.subject_id
      ) changed
      WINDOW changes AS (PARTITION BY changed.subject_id ORDER BY changed.revision, changed.n)
    ) h`;
}

/** The states as an array of objects, whose entries are JSON already. */
const toJson = (states: readonly ItemState[]): string =>
  `[${states.map(({ id, revision, n, entries }) => `{"id":${JSON.stringify(id)},"revision":${revision},"n":${n},"entries":${entries}}`)}]`;
