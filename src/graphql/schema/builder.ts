import SchemaBuilder from '@pothos/core';
import PrismaPlugin from '@pothos/plugin-prisma';
import type { Operand } from '../../domain/items/filter/value-type.ts';
import type { Values } from '../../domain/items/write/values.ts';
import type PrismaTypes from '../../generated/pothos.ts';
import { getDatamodel } from '../../generated/pothos.ts';
import type { Context } from '../../request/context.ts';

/** Pothos' builder with its plugins and scalars; the types register themselves on it. */
export const builder = new SchemaBuilder<{
  Context: Context;
  DefaultFieldNullability: false;
  PrismaTypes: PrismaTypes;
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: Date; Output: Date };
    ItemValues: { Input: Values; Output: unknown };
    Json: { Input: unknown; Output: unknown };
    Operand: { Input: Operand; Output: Operand };
  };
}>({
  plugins: [PrismaPlugin],
  defaultFieldNullability: false,
  prisma: {
    client: (context) => context.db,
    dmmf: getDatamodel(),
  },
});

builder.queryType({ description: 'Read operations.' });
builder.mutationType({
  description:
    'Write operations. They require a key with the scope `write`. Each mutation is one transaction. If one of several mutations in a document fails, its field is null and has an error; the others are kept.',
});

builder.subscriptionType({
  description:
    'Streams, as GraphQL over server-sent events (distinct connections): send `Accept: text/event-stream`. A stream may end at any time, after an hour at the latest: subscribe again with the last cursor.',
});

/** Builds the fields of an input type, for fields that several inputs share. */
export type InputFields = PothosSchemaTypes.InputFieldBuilder<
  typeof builder.$inferSchemaTypes,
  'InputObject'
>;
