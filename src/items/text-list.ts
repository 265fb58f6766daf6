import { Prisma } from '../generated/prisma/client.ts';
import type { Hole } from './template.ts';

/**
 * A list of texts as a parameter whose length the planner does not see. Else it would plan a prepared statement again
 * each time, because a short list looks cheaper than the plan for any: which costs more than most of these statements.
 */
export const textList = (texts: readonly string[] | Hole): Prisma.Sql =>
  Prisma.sql`(SELECT ${texts}::text[])::text[]`;
