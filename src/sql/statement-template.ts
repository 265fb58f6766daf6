import type { Prisma } from '../generated/prisma/client.ts';

/** Stands for a parameter of a statement whose value differs from run to run. */
export class Placeholder {}

/** A statement with its parameters, ready to run. */
export type BoundStatement = Pick<Prisma.Sql, 'text' | 'values'>;

/** Builds a statement's text once. Each run then only binds the values of its placeholders. */
export function statementTemplate({
  text,
  values,
}: Prisma.Sql): (bindings: Map<unknown, unknown>) => BoundStatement {
  return (bindings) => ({
    text,
    values: values.map((value) => (value instanceof Placeholder ? bindings.get(value) : value)),
  });
}
