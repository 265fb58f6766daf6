import { Prisma } from '../generated/prisma/client.ts';
import type { Placeholder } from './statement-template.ts';

// Parameters hidden from the planner in a sub-select. A prepared statement then keeps its generic plan. Otherwise PostgreSQL
// would plan it on every run, because a custom plan for a short list or a small workspace looks cheaper: and planning
// costs more than most of these statements take.

/** A text that the planner does not see. */
export const textParam = (text: string | Placeholder): Prisma.Sql =>
  Prisma.sql`(SELECT ${text}::text)`;

/** A list of texts that the planner does not see. */
export const textArrayParam = (texts: readonly string[] | Placeholder): Prisma.Sql =>
  Prisma.sql`(SELECT ${texts}::text[])::text[]`;
