import type { Prisma } from '../generated/prisma/client.ts';

/** A value of a statement that is not known yet. */
export class Placeholder {}

/** What runs as a statement. */
export type BoundStatement = Pick<Prisma.Sql, 'text' | 'values'>;

/** A statement that is put together once; from then on only its values change. */
export function statementTemplate({
  text,
  values,
}: Prisma.Sql): (holes: Map<unknown, unknown>) => BoundStatement {
  return (holes) => ({
    text,
    values: values.map((value) => (value instanceof Placeholder ? holes.get(value) : value)),
  });
}
