import { invalid } from '../errors.ts';
import { isJsonObject, type JsonObject } from '../http/json-object.ts';
import { dateOf, type Instant, parseInstant, toIsoString } from '../limits/iso-8601.ts';
import { didYouMean, mustBeOneOf } from '../limits/nearest-name.ts';
import { isAbsent } from './absent.ts';
import type { JsonSchema } from './openapi/schemas.ts';

const types = ['text', 'number', 'date', 'email', 'phone'];

/** Operators in a REST body, and their names in the schema. */
const operators: Readonly<Record<string, string>> = {
  eq: 'eq',
  ne: 'ne',
  gt: 'gt',
  gte: 'gte',
  lt: 'lt',
  lte: 'lte',
  in: 'in',
  nin: 'nin',
  contains: 'contains',
  starts_with: 'startsWith',
  exists: 'exists',
  as: 'as',
};

const scalar: JsonSchema = { type: ['string', 'number', 'boolean'] };
const operandSchemas: Readonly<Record<string, JsonSchema>> = {
  in: { type: 'array', items: scalar },
  nin: { type: 'array', items: scalar },
  exists: { type: 'boolean' },
};

/** The form of the parameter `value_filters`. */
export const describeValueFilters = (): JsonSchema => ({
  description:
    'Conditions on values, all of which must hold: `{key: {operator: operand}}`, or `{key: operand}` for equality.',
  type: 'object',
  additionalProperties: {
    anyOf: [
      scalar,
      {
        type: 'object',
        properties: Object.fromEntries(
          Object.keys(operators).map((name) => [
            name,
            name === 'as' ? { type: 'string', enum: types } : (operandSchemas[name] ?? scalar),
          ]),
        ),
        additionalProperties: false,
      },
    ],
  },
});

/** Converts `{field: {op: operand}}`, or `{field: operand}` for equality, to the schema's list of value filters. */
export function readValueFilters(value: unknown): JsonObject {
  if (!isJsonObject(value))
    throw invalid('value_filters', 'must be an object of {field: {op: operand}}');
  const values = Object.entries(value).map(([key, filter]) => ({
    key,
    ...(isJsonObject(filter)
      ? readOperators(key, filter)
      : { eq: readEqual(`value_filters.${key}`, filter) }),
  }));
  return { values };
}

function readOperators(key: string, filter: JsonObject): object {
  const entries = Object.entries(filter).map(([op, operand]) => {
    const field = `value_filters.${key}.${op}`;
    const operator = Object.hasOwn(operators, op) ? operators[op] : undefined;
    if (operator === undefined) {
      const known = Object.keys(operators);
      throw invalid(
        field,
        `is no operator; use one of ${known.join(', ')}${didYouMean(op, known)}`,
      );
    }
    return [operator, readOperatorValue(operator, field, operand)];
  });
  if (entries.every(([op]) => op === 'as'))
    throw invalid(`value_filters.${key}`, 'must have an operator');
  return Object.fromEntries(entries);
}

function readOperatorValue(operator: string, field: string, operand: unknown): unknown {
  switch (operator) {
    case 'in':
    case 'nin':
      if (!Array.isArray(operand)) throw invalid(field, 'must be a list');
      return operand.map((element) => readScalar(field, element));
    case 'as':
      return readType(field, operand);
    case 'exists':
      if (typeof operand !== 'boolean') throw invalid(field, 'must be true or false');
      return operand;
    case 'contains':
    case 'startsWith':
      return String(readScalar(field, operand));
    case 'eq':
      return readEqual(field, operand);
    default:
      return readScalar(field, operand);
  }
}

function readType(field: string, value: unknown): string {
  if (typeof value !== 'string' || !types.includes(value))
    throw invalid(field, mustBeOneOf(types, value));
  return value.toUpperCase();
}

function readEqual(field: string, operand: unknown): unknown {
  if (Array.isArray(operand))
    throw invalid(field, 'must be one value; for any of a list use {"in": […]}');
  return readScalar(field, operand);
}

function readScalar(field: string, operand: unknown): unknown {
  if (!['string', 'number', 'boolean'].includes(typeof operand))
    throw invalid(field, 'must be a string, a number or a boolean');
  return operand;
}

const dateFields: Readonly<Record<string, string>> = {
  created_at: 'createdAt',
  updated_at: 'updatedAt',
};

/** Converts `{from, to, field}`, both inclusive and each optional, to the schema's filter. */
export function readDateRange(value: unknown): JsonObject {
  if (!isJsonObject(value)) throw invalid('date_range', 'must be an object of {from, to}');
  const parts = ['from', 'to', 'field'];
  const unknown = Object.keys(value).find((name) => !parts.includes(name));
  if (unknown !== undefined)
    throw invalid(`date_range.${unknown}`, `is not known; use ${parts.join(', ')}`);
  const present = Object.entries(value).filter(([name, part]) => !isAbsent(name, part));
  const { from, to, field = 'created_at' } = Object.fromEntries(present);
  const name =
    typeof field === 'string' && Object.hasOwn(dateFields, field) ? dateFields[field] : undefined;
  if (name === undefined) throw invalid('date_range.field', 'must be created_at or updated_at');
  const start = from === undefined ? undefined : readInstant('date_range.from', from);
  const end = to === undefined ? undefined : readInstant('date_range.to', to);
  if (start !== undefined && end !== undefined && lastMomentOf(end) < dateOf(start))
    throw invalid('date_range.to', 'must not be before from');
  const range = { ...(start && { gte: textOf(start) }), ...(end && { lte: textOf(end) }) };
  return { dates: { [name]: range } };
}

/** A date, or a date-time; without an offset it is in UTC, as in the values of items. */
function readInstant(field: string, value: unknown): Instant {
  const instant = typeof value === 'string' ? parseInstant(value) : undefined;
  if (instant !== undefined) return instant;
  throw invalid(
    field,
    'must be an ISO 8601 date or date-time, like 2025-03-20 or 2025-03-20T10:00:00Z',
  );
}

/** A bare date stays one: it means its whole day in UTC. */
const textOf = (instant: Instant): string => {
  const text = toIsoString(dateOf(instant));
  return instant.hasTime ? text : text.slice(0, 10);
};

/** Item times have milliseconds. */
const lastMomentOf = (instant: Instant): Date =>
  new Date(dateOf(instant).getTime() + (instant.hasTime ? 0 : 86_399_999));

/** The form of the parameter `date_range`. */
export const describeDateRange = (): JsonSchema => ({
  description: 'Both ends are inclusive and optional; a date is its whole day in UTC.',
  type: 'object',
  properties: {
    from: { type: 'string', examples: ['2025-03-01'] },
    to: { type: 'string', examples: ['2025-03-31T12:00:00Z'] },
    field: { type: 'string', enum: Object.keys(dateFields), default: 'created_at' },
  },
  additionalProperties: false,
});

const sortFields = ['created_at', 'updated_at', 'position', 'title'];

/** Converts the name of a field, or `values.<key>`, to the schema's order, which is descending by default. */
export function readSortBy(value: unknown): JsonObject {
  const sort_order = 'DESC';
  if (typeof value === 'string') {
    if (sortFields.includes(value)) return { sortField: value.toUpperCase(), sort_order };
    if (/^values\../s.test(value)) {
      // The null replaces the default of the list.
      return { sortField: null, sortValue: { key: value.slice('values.'.length) }, sort_order };
    }
  }
  throw invalid(
    'sort_by',
    `must be one of ${sortFields.join(', ')}, or values.<key>${didYouMean(value, sortFields)}`,
  );
}

/** The form of the parameter `sort_by`. */
export const describeSortBy = (): JsonSchema => ({
  description: `One of ${sortFields.join(', ')}, or values.<key> for a value.`,
  type: 'string',
  pattern: `^(${sortFields.join('|')}|values\\..+)$`,
});
