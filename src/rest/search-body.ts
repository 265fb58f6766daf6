import { distance } from 'fastest-levenshtein';
import { ApiError } from '../errors.ts';

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

export const refuse = (field: string, message: string): ApiError =>
  new ApiError('VALIDATION_ERROR', `${field} ${message}`, [{ field, message }]);

const letters = (name: string): string => [...name.toLowerCase()].sort().join('');

/** How far two names are apart; letters in another order are one slip. */
const slips = (a: string, b: string): number =>
  letters(a) === letters(b) ? 1 : distance(a.toLowerCase(), b.toLowerCase());

/** The known name that is most like an unknown one, if any is near. */
export function nearest(unknown: string, known: Iterable<string>): string | undefined {
  const near = [...known]
    .map((name) => ({ name, far: slips(unknown, name) }))
    .filter(({ name, far }) => far <= Math.max(1, Math.floor(name.length / 3)))
    .sort((a, b) => a.far - b.far);
  return near[0]?.name;
}

/** `{field: {op: operand}}`, or `{field: operand}` for equality, as the schema's list of value filters. */
export function readValueFilters(value: unknown): object {
  if (!isObject(value))
    throw refuse('value_filters', 'must be an object of {field: {op: operand}}');
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
      throw refuse(field, `is no operator; use one of ${Object.keys(operators).join(', ')}`);
    }
    return [operator, readOperands(field, operator, operand)];
  });
  if (read.length === 0) throw refuse(`value_filters.${key}`, 'must have an operator');
  return Object.fromEntries(read);
}

function readOperands(field: string, operator: string, operand: unknown): unknown {
  switch (operator) {
    case 'in':
    case 'nin':
      if (!Array.isArray(operand)) throw refuse(field, 'must be a list');
      return operand.map((one) => readOperand(field, one));
    case 'exists':
      if (typeof operand !== 'boolean') throw refuse(field, 'must be true or false');
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
    throw refuse(field, 'must be a string, a number or a boolean');
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
  if (!isObject(value)) throw refuse('date_range', 'must be an object of {from, to}');
  const { from, to, field = 'created_at', ...others } = value;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw refuse(`date_range.${unknown}`, 'is not known; use from, to and field');
  const name =
    typeof field === 'string' && Object.hasOwn(dateFields, field) ? dateFields[field] : undefined;
  if (name === undefined) throw refuse('date_range.field', 'must be created_at or updated_at');
  const range = {
    ...(from == null ? {} : { gte: readInstant('date_range.from', from) }),
    ...(to == null ? {} : endOf(readInstant('date_range.to', to))),
  };
  return { dates: { [name]: range } };
}

function readInstant(field: string, value: unknown): string {
  const instant = new Date(typeof value === 'string' ? value : Number.NaN);
  if (
    typeof value !== 'string' ||
    Number.isNaN(instant.getTime()) ||
    !/^\d{4}-\d{2}-\d{2}(T|$)/.test(value) ||
    !isRealDay(value.slice(0, 10))
  ) {
    throw refuse(
      field,
      'must be an ISO 8601 date or date-time, like 2025-03-20 or 2025-03-20T10:00:00Z',
    );
  }
  return value;
}

/** `Date` reads the 30th of February as the 2nd of March. */
const isRealDay = (day: string): boolean => new Date(day).toJSON()?.slice(0, 10) === day;

// Instants are kept to the millisecond.
const endOf = (to: string): object => ({ lte: bareDate.test(to) ? `${to}T23:59:59.999Z` : to });

const sortFields = ['created_at', 'updated_at', 'position', 'title'];

/** A field to sort by, or `values.<key>`. */
export function readSortBy(value: unknown): object {
  if (typeof value === 'string') {
    if (sortFields.includes(value)) return { sortField: value.toUpperCase() };
    if (/^values\../s.test(value)) return { sortValue: { key: value.slice('values.'.length) } };
  }
  throw refuse('sort_by', `must be one of ${sortFields.join(', ')}, or values.<key>`);
}
