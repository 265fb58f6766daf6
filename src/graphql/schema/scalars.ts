import { GraphQLError, Kind } from 'graphql';
import type { Operand } from '../../domain/items/filter/value-type.ts';
import { isValues, type Json } from '../../domain/items/write/values.ts';
import { inexactReason, isExact } from '../../limits/input.ts';
import { dateOf, parseInstant, toIsoString, WholeDay } from '../../limits/iso-8601.ts';
import { builder } from './builder.ts';

function readDateTime(value: unknown): Date {
  const instant = typeof value === 'string' ? parseInstant(value) : undefined;
  const date = instant && dateOf(instant);
  const isComplete = instant !== undefined && (instant.hasOffset || !instant.hasTime);
  // With an offset it may be in year 0, which the database does not have, or after 9999, which ISO 8601 has not.
  const year = date?.getUTCFullYear() ?? 0;
  if (date === undefined || !isComplete || year < 1 || year > 9999) {
    throw new GraphQLError(
      'must be an ISO 8601 date or date-time with an offset, like 2025-03-20T10:00:00Z',
    );
  }
  return instant.hasTime ? date : new WholeDay(date);
}

builder.scalarType('DateTime', {
  specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time',
  description:
    'An RFC 3339 date-time in UTC, like `2025-03-20T10:00:00Z`; fractions of a second are shown as milliseconds. Input may also have another offset, or be a date, which as a bound means the whole day in UTC.',
  serialize: toIsoString,
  parseValue: readDateTime,
});

const unchanged = (value: unknown): unknown => value;

const notAnObject = () =>
  new GraphQLError('must be an object of your own fields, like { "deal_value": "50000" }');

builder.scalarType('ItemValues', {
  description:
    'The custom fields of an item: a JSON object with any keys, at most 5 levels deep and 64 KiB. Values keep their type: a string stays a string, a number a number.',
  serialize: unchanged,
  parseValue: (values) => {
    if (!isValues(values)) throw notAnObject();
    return values;
  },
  parseLiteral: (node, variables) => {
    const values = readLiteral(node, variables ?? {});
    if (!isValues(values)) throw notAnObject();
    return values;
  },
});

builder.scalarType('Json', {
  description: 'Any JSON value.',
  serialize: unchanged,
});

type Literal = Parameters<NonNullable<Parameters<typeof builder.scalarType>[1]['parseLiteral']>>[0];

function readLiteral(node: Literal, variables: Record<string, unknown>): Json {
  switch (node.kind) {
    case Kind.STRING:
    case Kind.BOOLEAN:
      return node.value;
    case Kind.ENUM:
      // A name of a variable without its $, or `undefined` of a template, would be stored and compared as a text.
      throw new GraphQLError(
        `${node.value} is a word without quotes; write "${node.value}" for a text`,
        { nodes: node },
      );
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.LIST:
      return node.values.map((value) => readLiteral(value, variables));
    case Kind.OBJECT:
      return Object.fromEntries(
        node.fields.map((field) => [field.name.value, readLiteral(field.value, variables)]),
      );
    case Kind.VARIABLE:
      return (variables[node.name.value] ?? null) as Json;
    default:
      return null;
  }
}

function readOperand(value: unknown): Operand {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && isExact(value)) return value;
  if (typeof value === 'number')
    throw new GraphQLError(`must not be ${value}, which ${inexactReason}`);
  throw new GraphQLError('must be a string, a number or a boolean');
}

builder.scalarType('Operand', {
  description:
    'The operand of a comparison: a string, a number or a boolean. Numbers and numeric strings (`"50000"`, `"1e5"`, but not `"007"` and `"+5"`) compare as numbers, RFC 3339 dates and date-times as instants, and all others as text, by code point.',
  serialize: (operand) => operand,
  parseValue: readOperand,
  parseLiteral: (node) => readOperand(readLiteral(node, {})),
});

/** The serializers of the scalars whose values PostgreSQL can write as the same JSON. */
export const databaseSerializers: ReadonlySet<unknown> = new Set([toIsoString, unchanged]);
