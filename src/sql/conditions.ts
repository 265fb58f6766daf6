import { Prisma } from '../generated/prisma/client.ts';

const { sql, join } = Prisma;

/** True where all conditions hold; TRUE for no conditions. */
export const and = (conditions: readonly Prisma.Sql[]): Prisma.Sql =>
  conditions.length === 0 ? sql`TRUE` : join([...conditions], ' AND ', '(', ')');

/** True where at least one condition holds; FALSE for no conditions. */
export const or = (conditions: readonly Prisma.Sql[]): Prisma.Sql =>
  conditions.length === 0 ? sql`FALSE` : join([...conditions], ' OR ', '(', ')');
