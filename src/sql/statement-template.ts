import type { Prisma } from '../generated/prisma/client.ts';

/** A value of a statement that is not known yet. */
export class Hole {}

/** What runs as a statement. */
export type Filled = Pick<Prisma.Sql, 'text' | 'values'>;

/** A statement that is put together once; from then on only its values change. */
export function templateOf({ text, values }: Prisma.Sql): (holes: Map<unknown, unknown>) => Filled {
  return (holes) => ({
    text,
    values: values.map((value) => (value instanceof Hole ? holes.get(value) : value)),
  });
}
