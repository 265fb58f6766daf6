import { matchesFilter } from './filter.ts';
import { sorted } from './order.ts';
import type { ItemQuery, Parent, Row } from './query.ts';
import { matchesSearch } from './search.ts';

// The contract's filters, search, order and pages over rows in memory: no SQL, no floats, and only types from src.
//
// Not modelled, because JavaScript and ICU may differ or the contract is silent: characters whose compatibility form
// has capitals or spaces (`™`, `´`), accents outside U+0300 to U+036F, column names that differ only in a final sigma,
// and fractions of a millisecond in an operand of `createdAt`.

function belongsTo(row: Row, { kind, id }: Parent): boolean {
  if (kind === 'board') return row.boardId === id;
  if (kind === 'column') return row.columnId === id;
  return kind === 'workspace' || row.contactId === id;
}

/** The ids of the rows that match a query, in its order. */
export function expectedIds(rows: readonly Row[], query: ItemQuery): string[] {
  const { parent, search = '', filter = {} } = query;
  const matches = rows.filter(
    (row) => belongsTo(row, parent) && matchesFilter(row, filter) && matchesSearch(row, search),
  );
  return sorted(matches, query).map(({ id }) => id);
}

/** Page arguments, with ids instead of cursors. */
export interface Window {
  first?: number;
  last?: number;
  after?: string;
  before?: string;
  offset?: number;
}

/** The slice of a list that a page contains. */
export function pageOf(list: readonly string[], window: Window): string[] {
  const { first, last, after, before, offset = 0 } = window;
  const start = after === undefined ? offset : list.indexOf(after) + 1;
  const end = before === undefined ? list.length : list.indexOf(before);
  const between = list.slice(start, Math.max(start, end));
  return last === undefined ? between.slice(0, first ?? 50) : between.slice(-last);
}
