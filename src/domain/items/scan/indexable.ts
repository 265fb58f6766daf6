import { Prisma } from '../../../generated/prisma/client.ts';
import { conjunctsOf, type ItemFilter, type TextFilter } from '../filter/filter.ts';
import { type IndexRange, indexRangesOf, isIndexedText } from '../filter/value-filter.ts';
import type { ItemQuery } from '../read/query.ts';

// What of a query an index finds, in one board.

const { sql, join } = Prisma;

/** What must hold of every match and item_value can tell, one for each key and reading. */
export function indexRanges(filter: ItemFilter | null | undefined): IndexRange[] {
  const found = new Map<string, IndexRange>();
  for (const range of conjunctsOf(filter).flatMap(({ values }) =>
    (values ?? []).flatMap(indexRangesOf),
  )) {
    const name = `${range.reading} ${range.key}`;
    const where = [...(found.get(name)?.where ?? []), ...range.where];
    found.set(name, { ...range, where });
  }
  return [...found.values()];
}

/** FROM and WHERE of the rows `item_value v` in a range. */
export const fromIndexRange = (
  { workspaceId, parent }: { workspaceId: string; parent: { boardId: string } },
  { key, reading, where }: IndexRange,
): Prisma.Sql =>
  sql`FROM item_value v WHERE ${join(
    [
      sql`v.workspace_id = ${workspaceId} AND v.board_id = ${parent.boardId}`,
      sql`v.key = ${key}`,
      ...(reading === undefined ? [] : [sql`v.reading = ${reading}`]),
      ...where,
    ],
    ' AND ',
  )}`;

/**
 * SELECT of the first so many rows of a range. In the order of the index, for the planner would rather look through the
 * whole table for a few rows of many, which need not be there.
 */
export const firstOfRange = (
  place: Parameters<typeof fromIndexRange>[0],
  range: IndexRange,
  limit: number,
): Prisma.Sql =>
  sql`SELECT v.reading, v.item_id ${fromIndexRange(place, range)}
    ORDER BY v.reading, v.number, v.text, v.item_id LIMIT ${limit}`;

/** True where the index on content, or the one on titles or contacts, finds all that can match. */
export const isIndexable = ({ search, filter }: ItemQuery): boolean =>
  hasTrigram(search) || conjunctsOf(filter).some(isNodeFindable);

function isNodeFindable({ title, labels, contactId, values, or }: ItemFilter): boolean {
  return (
    isTitleFindable(title) ||
    labels?.hasAny != null ||
    (labels?.hasAll ?? []).length > 0 ||
    (contactId?.eq ?? contactId?.in) != null ||
    (values ?? []).some(
      (test) => isIndexedText(test) || hasTrigram(test.contains) || hasTrigram(test.startsWith),
    ) ||
    (or?.every((filter) => isIndexable({ filter })) ?? false)
  );
}

const isTitleFindable = (test: TextFilter | null | undefined): boolean =>
  (test?.eq ?? test?.in) != null || hasTrigram(test?.contains) || hasTrigram(test?.startsWith);

/** Three letters in a row: what an index on trigrams can look up. */
const hasTrigram = (text: string | null | undefined): boolean =>
  text != null && /[\p{L}\p{N}]{3}/u.test(text);
