import { invalid } from '../../errors.ts';
import { Prisma } from '../../generated/prisma/client.ts';
import { and } from '../../sql/conditions.ts';
import { survivorOf } from '../contacts/merged.ts';
import { filterConditions, type ItemFilter } from '../items/filter/filter.ts';

const { sql } = Prisma;

/** Fields whose earlier values the log does not have, and what to use instead. */
const unsupported = {
  columnName: 'cannot be followed: it changes without its items. Use columnId',
  updatedAt: 'cannot be followed: the log has no earlier times. Use createdAt, or no filter',
} as const;

/** Throws VALIDATION_ERROR for a filter that cannot be tested on the states that items had. */
export function checkFeedFilter(filter: ItemFilter | null | undefined): void {
  if (filter == null) return;
  for (const field of ['columnName', 'updatedAt'] as const) {
    if (filter[field] != null) throw invalid(field, unsupported[field]);
  }
  for (const node of [...(filter.and ?? []), ...(filter.or ?? []), filter.not])
    checkFeedFilter(node);
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

/**
 * For the changes of items in the relation `page`: whether the item matched the filter before and after. Its state at
 * the time of a change is the current one, with all later changes undone.
 */
export function transitionsOf(workspaceId: string, filter: ItemFilter): Prisma.Sql {
  const matches = and(filterConditions(workspaceId, filter));
  const matchesEntries = (entries: Prisma.Sql) =>
    sql`(jsonb_exists(${entries}, 'title') AND EXISTS (SELECT FROM (${imageOf(workspaceId, entries)}) i WHERE ${matches}))`;
  return sql`
    SELECT h.subject_id, h.revision, h.n, ${matchesEntries(sql`h.before_entries`)} AS before,
      ${matchesEntries(sql`h.after_entries`)} AS after
    FROM (
      SELECT past.*, lag(past.before_entries, 1, past.current) OVER changes AS after_entries FROM (
        SELECT l.board_id, l.subject_id, l.revision, l.n, s.current,
          entries_before(s.current, l.before, l.after) OVER (
            PARTITION BY l.subject_id ORDER BY l.revision DESC, l.n DESC) AS before_entries
        FROM (
          SELECT subject.id, subject.revision, ${currentEntries} AS current
          FROM (SELECT subject_id AS id, min(revision) AS revision FROM page WHERE subject = 'ITEM' GROUP BY 1) subject
          LEFT JOIN item c ON c.workspace_id = ${workspaceId} AND c.id = subject.id
        ) s
        JOIN board_change l ON l.workspace_id = ${workspaceId} AND l.subject_id = s.id AND l.revision >= s.revision
      ) past
      WINDOW changes AS (PARTITION BY past.subject_id ORDER BY past.revision DESC, past.n DESC)
    ) h
    JOIN page ON page.subject_id = h.subject_id AND page.revision = h.revision AND page.n = h.n`;
}
