import { Prisma } from '../generated/prisma/client.ts';
import { or } from './conditions.ts';
import type { Placeholder } from './statement-template.ts';
import type { IndexPart } from './value-index.ts';

/** One sort key of a page. */
export interface SortKey {
  /** The expression to sort by, over the page's tables. */
  by: Prisma.Sql;
  /** The type that a cursor's text is cast to. */
  cast: Prisma.Sql;
  descending: boolean;
  /** The place of rows without a value; undefined where every row has one. */
  nulls?: 'first' | 'last' | undefined;
  /** The part of the value index that has this order, if any. */
  index?: Required<IndexPart> | undefined;
}

const { sql, join } = Prisma;

/** The reversed order. */
export const reverse = (terms: readonly SortKey[]): SortKey[] =>
  terms.map((term) => ({
    ...term,
    descending: !term.descending,
    nulls: term.nulls && (term.nulls === 'first' ? 'last' : 'first'),
  }));

/** ORDER BY. Without NULLS FIRST or LAST, where every row has a value, an index supports both directions. */
export function orderBy(terms: readonly SortKey[]): Prisma.Sql {
  const parts = terms.map(({ by, descending, nulls }) => {
    const direction = descending ? sql`DESC` : sql`ASC`;
    if (nulls === undefined) return sql`${by} ${direction}`;
    return nulls === 'first'
      ? sql`${by} ${direction} NULLS FIRST`
      : sql`${by} ${direction} NULLS LAST`;
  });
  return sql`ORDER BY ${join(parts)}`;
}

/** The sort keys of a row as an array of texts: the content of a cursor. */
export const sortKeyValues = (terms: readonly SortKey[]): Prisma.Sql =>
  sql`ARRAY[${join(terms.map(({ by }) => sql`(${by})::text`))}]`;

/** The sort keys of a cursor, or where a statement has them. */
export type BoundKeys = readonly (string | null | Placeholder)[];

/** True for the rows that come after the given keys; null-safe. */
export function isAfter(terms: readonly SortKey[], keys: BoundKeys): Prisma.Sql {
  const values = terms.map(({ cast }, n) => sql`CAST(${keys[n] ?? null}::text AS ${cast})`);
  const [first] = terms;
  const isUniform = terms.every(
    ({ nulls, descending }) => nulls === undefined && descending === first?.descending,
  );
  if (isUniform) {
    const row = sql`(${join(terms.map(({ by }) => by))})`;
    return first?.descending ? sql`${row} < (${join(values)})` : sql`${row} > (${join(values)})`;
  }
  const alternatives = terms.map((term, n) => {
    const areEqual = terms
      .slice(0, n)
      .map(({ by }, m) => sql`${by} IS NOT DISTINCT FROM ${values[m] ?? sql`NULL`}`);
    return join(
      [...areEqual, isBeyond(term, keys[n] ?? null, values[n] ?? sql`NULL`)],
      ' AND ',
      '(',
      ')',
    );
  });
  return or(alternatives);
}

function isBeyond(
  { by, descending, nulls }: SortKey,
  key: BoundKeys[number],
  value: Prisma.Sql,
): Prisma.Sql {
  if (key === null) return nulls === 'first' ? sql`${by} IS NOT NULL` : sql`FALSE`;
  const beyond = descending ? sql`${by} < ${value}` : sql`${by} > ${value}`;
  return nulls === 'last' ? sql`(${beyond} OR ${by} IS NULL)` : beyond;
}
