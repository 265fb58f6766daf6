import { invalid } from '../../../errors.ts';
import { Prisma } from '../../../generated/prisma/client.ts';
import type { Reader } from '../../../postgres/client.ts';
import { customPlan } from '../../../postgres/statement-names.ts';

/** A type that values under a key have; OTHER is an object or a list. */
export type StoredType = 'NUMBER' | 'DATE' | 'TEXT' | 'OTHER';

/** A key that the values of a board's items have, with the types of its values. */
export interface ValueKey {
  key: string;
  types: StoredType[];
}

export const maxValueKeys = 500;

const typesByReading: Readonly<Record<string, StoredType>> = {
  n: 'NUMBER',
  d: 'DATE',
  t: 'TEXT',
  o: 'OTHER',
};

/**
 * The first keys of the values of a board's items, in order, by jumping from key to key in their index: on a board of any
 * size it reads a row for each key and type. Keys of more than 200 bytes are not indexed.
 */
export async function readValueKeys(
  db: Reader,
  { workspaceId, boardId, first }: { workspaceId: string; boardId: string; first: number },
): Promise<ValueKey[]> {
  if (first < 1 || first > maxValueKeys) throw invalid('first', `must be 1 to ${maxValueKeys}`);
  const ofBoard = Prisma.sql`v.workspace_id = ${workspaceId} AND v.board_id = ${boardId}`;
  const limit = first * Object.keys(typesByReading).length;
  const rows = await db.$rows(Prisma.sql`WITH RECURSIVE found AS (
      (SELECT v.key, v.reading FROM item_value v WHERE ${ofBoard} ORDER BY v.key, v.reading LIMIT 1)
      UNION ALL
      SELECT next.key, next.reading FROM found CROSS JOIN LATERAL (
        SELECT v.key, v.reading FROM item_value v
        WHERE ${ofBoard} AND (v.key, v.reading) > (found.key, found.reading)
        ORDER BY v.key, v.reading LIMIT 1) next
    ) SELECT /* ${Prisma.raw(customPlan)} */ key, reading FROM found LIMIT ${limit}`);
  const keys = new Map<string, StoredType[]>();
  for (const [key, reading] of rows) {
    if (key == null) continue;
    const types = keys.get(key) ?? [];
    if (keys.size === first && types.length === 0) break;
    keys.set(key, [...types, typesByReading[reading ?? ''] ?? 'OTHER']);
  }
  return [...keys].map(([key, types]) => ({ key, types }));
}
