import { Prisma } from '../generated/prisma/client.ts';
import type { Placeholder } from './statement-template.ts';

// Parameters that the planner does not see. Else it would plan a prepared statement again each time, because a short list or
// a small workspace looks cheaper than the plan for any: which costs more than most of these statements.

export const textParam = (text: string): Prisma.Sql => Prisma.sql`(SELECT ${text}::text)`;

export const textArrayParam = (texts: readonly string[] | Placeholder): Prisma.Sql =>
  Prisma.sql`(SELECT ${texts}::text[])::text[]`;
