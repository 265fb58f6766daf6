import { Prisma } from '../../../generated/prisma/client.ts';

const { sql } = Prisma;

// The index on content has the items that are not large; large ones have an index of their own, see the SQL function
// is_large. PostgreSQL combines the two where the condition says that an item is of either kind.

/** True for every item `i`. Conditions beside it are found by the index on content, among small items. */
export const isSmallOrLarge = sql`(NOT is_large(i.search) OR is_large(i.search))`;

/**
 * A condition on items `i` in which OR stands, in a form that the index on content supports. As a sub-select, because
 * PostgreSQL would move a condition that both sides have out of the OR.
 */
export const amongSmallOrLarge = (condition: Prisma.Sql): Prisma.Sql =>
  sql`((NOT is_large(i.search) AND ${condition}) OR (is_large(i.search) AND (SELECT ${condition})))`;
