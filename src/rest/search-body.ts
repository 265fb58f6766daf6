import { invalid } from '../errors.ts';

/** The operators as the wire spells them, and as the schema does. */
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
};

type Fields = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `{field: {op: operand}}`, or `{field: operand}` for equality, as the schema's list of value filters. */
export function readValueFilters(value: unknown): object {
  if (!isObject(value))
    throw invalid('value_filters', 'must be an object of {field: {op: operand}}');
  const values = Object.entries(value).map(([key, test]) => ({
    key,
    ...(isObject(test) ? readTests(key, test) : { eq: readOperand(`value_filters.${key}`, test) }),
  }));
  return { values };
}

function readTests(key: string, tests: Fields): object {
  const read = Object.entries(tests).map(([op, operand]) => {
    const field = `value_filters.${key}.${op}`;
    const operator = Object.hasOwn(operators, op) ? operators[op] : undefined;
    if (operator === undefined) {
      throw invalid(field, `is no operator; use one of ${Object.keys(operators).join(', ')}`);
    }
    return [operator, readOperands(field, operator, operand)];
  });
  if (read.length === 0) throw invalid(`value_filters.${key}`, 'must have an operator');
  return Object.fromEntries(read);
}

function readOperands(field: string, operator: string, operand: unknown): unknown {
  switch (operator) {
    case 'in':
    case 'nin':
      if (!Array.isArray(operand)) throw invalid(field, 'must be a list');
      return operand.map((one) => readOperand(field, one));
    case 'exists':
      if (typeof operand !== 'boolean') throw invalid(field, 'must be true or false');
      return operand;
    case 'contains':
    case 'startsWith':
      return String(readOperand(field, operand));
    default:
      return readOperand(field, operand);
  }
}

function readOperand(field: string, operand: unknown): unknown {
  const isScalar = ['string', 'number', 'boolean'].includes(typeof operand);
  if (!isScalar || operand === Number.POSITIVE_INFINITY || operand === Number.NEGATIVE_INFINITY) {
    throw invalid(field, 'must be a string, a number or a boolean');
  }
  return operand;
}

const bareDate = /^\d{4}-\d{2}-\d{2}$/;
const dateFields: Readonly<Record<string, string>> = {
  created_at: 'createdAt',
  updated_at: 'updatedAt',
};

/** `{from, to, field?}`, both inclusive, as the schema's filter; a bare date means that whole UTC day. */
export function readDateRange(value: unknown): object {
  if (!isObject(value)) throw invalid('date_range', 'must be an object of {from, to}');
  const { from, to, field = 'created_at', ...others } = value;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw invalid(`date_range.${unknown}`, 'is not known; use from, to and field');
  const name =
    typeof field === 'string' && Object.hasOwn(dateFields, field) ? dateFields[field] : undefined;
  if (name === undefined) throw invalid('date_range.field', 'must be created_at or updated_at');
  const range: { gte?: string; lte?: string } = {
    ...(from == null ? {} : { gte: readInstant('date_range.from', from) }),
    ...(to == null ? {} : { lte: endOf(readInstant('date_range.to', to)) }),
  };
  if (range.gte !== undefined && range.lte !== undefined && isBefore(range.lte, range.gte))
    throw invalid('date_range.to', 'must not be before from');
  return { dates: { [name]: range } };
}

const isBefore = (one: string, other: string): boolean => new Date(one) < new Date(other);

/** An instant; without an offset it is UTC, as in the values of items. */
function readInstant(field: string, value: unknown): string {
  const text = typeof value === 'string' ? value : '';
  const instant = /T[^Z+-]+$/.test(text) ? `${text}Z` : text;
  const isReal = /^\d{4}-\d{2}-\d{2}(T|$)/.test(instant) && isRealDay(instant.slice(0, 10));
  if (isReal && !Number.isNaN(new Date(instant).getTime())) return instant;
  throw invalid(
    field,
    'must be an ISO 8601 date or date-time, like 2025-03-20 or 2025-03-20T10:00:00Z',
  );
}

/** `Date` reads the 30th of February as the 2nd of March. */
const isRealDay = (day: string): boolean => new Date(day).toJSON()?.slice(0, 10) === day;

// Instants are kept to the millisecond.
const endOf = (to: string): string => (bareDate.test(to) ? `${to}T23:59:59.999Z` : to);

const sortFields = ['created_at', 'updated_at', 'position', 'title'];

/** A field to sort by, or `values.<key>`. */
export function readSortBy(value: unknown): object {
  if (typeof value === 'string') {
    if (sortFields.includes(value)) return { sortField: value.toUpperCase() };
    if (/^values\../s.test(value)) return { sortValue: { key: value.slice('values.'.length) } };
  }
  throw invalid('sort_by', `must be one of ${sortFields.join(', ')}, or values.<key>`);
}
