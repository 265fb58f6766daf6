import type { Filter, ItemQuery, Order, ValueTest } from './query.ts';

const snake: Readonly<Record<string, string>> = {
  startsWith: 'starts_with',
  createdAt: 'created_at',
  updatedAt: 'updated_at',
};

/** The nearest query that REST supports: one sort key, without a type, missing values last. */
export function forRest({ orderBy = [], ...query }: ItemQuery): ItemQuery {
  const [{ direction = 'DESC', ...order } = {}] = orderBy;
  const { field = 'CREATED_AT', value } = order;
  const key = value !== undefined && value.key !== '' ? { value: { key: value.key } } : { field };
  return { ...query, orderBy: [{ ...key, direction }] };
}

const sortBy = ({ field, value }: Order): string =>
  value === undefined ? String(field).toLowerCase() : `values.${value.key}`;

/** The tests as `value_filters`; undefined where it cannot express them. */
function valueFilters(tests: readonly ValueTest[]): object | undefined {
  const entries = tests.map(({ key, as, ...test }) => {
    const ops = Object.entries({ ...test, ...(as && { as: as.toLowerCase() }) }).map(
      ([op, operand]) => [snake[op] ?? op, operand],
    );
    const { eq, ...others } = test;
    const isBare = eq !== undefined && as === undefined && Object.keys(others).length === 0;
    return { key, test: isBare ? eq : Object.fromEntries(ops) };
  });
  const hasDistinctKeys = new Set(entries.map(({ key }) => key)).size === entries.length;
  const hasOperators = tests.every((test) =>
    Object.keys(test).some((op) => op !== 'key' && op !== 'as'),
  );
  if (!hasDistinctKeys || !hasOperators) return undefined;
  return Object.fromEntries(entries.map(({ key, test }) => [key, test]));
}

/** The body of a search: the documented parameters where they can express the query, else `filter`. */
export function searchBody({ parent, search, filter = {}, orderBy = [] }: ItemQuery): object {
  const [order = {}] = orderBy;
  const { values, columnId, createdAt, ...others } = filter;
  const filters = values && valueFilters(values);
  // Other columns are a 404 there, and match nothing in a filter.
  const columnIds = columnId?.in?.every((id) => /^col_[a-d]$/.test(id)) ? columnId.in : undefined;
  const isRange = createdAt?.gte !== undefined && createdAt.lte !== undefined;
  const rest: Filter = {
    ...others,
    ...(filters === undefined && values && { values }),
    ...(columnIds === undefined && columnId && { columnId }),
    ...(!isRange && createdAt && { createdAt }),
  };
  return {
    ...(search !== undefined && { query: search }),
    ...(parent.kind === 'column' && { column_id: parent.id }),
    ...(columnIds && { column_ids: columnIds }),
    ...(filters && { value_filters: filters }),
    ...(isRange && { date_range: { from: createdAt?.gte, to: createdAt?.lte } }),
    ...(Object.keys(rest).length > 0 && { filter: rest }),
    sort_by: sortBy(order),
    sort_order: order.direction?.toLowerCase(),
  };
}

/** Whether REST can run the query: only the board and its columns have a path. */
export const isOnBoard = ({ parent: { kind, id } }: ItemQuery): boolean =>
  kind === 'board' || (kind === 'column' && id !== 'col_e' && id !== 'col_f');
