import { invalid } from '../errors.ts';
import type { Prisma } from '../generated/prisma/client.ts';
import { defaultPageSize, maxPageSize } from '../limits/page-size.ts';
import { type CursorAdvice, decodeCursor, invalidCursor, type SortKeys } from './cursor.ts';
import { type BoundKeys, isAfter, reverse, type SortKey } from './order.ts';
import type { Placeholder } from './statement-template.ts';

/** The arguments of every connection. */
export interface PageArgs {
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  offset?: number | null | undefined;
  /** False where no cursor is selected. */
  cursors?: boolean | undefined;
}

/** Throws VALIDATION_ERROR for arguments that are out of range or contradict each other. */
export function checkPageArgs({ first, after, last, before, offset }: PageArgs): void {
  if (first != null && last != null) throw invalid('last', 'cannot be given together with first');
  for (const [field, size] of Object.entries({ first, last })) {
    if (size == null) continue;
    if (size < 0) throw invalid(field, 'must be 0 or more');
    if (size > maxPageSize) throw invalid(field, `must be at most ${maxPageSize}`);
  }
  if (offset != null && offset < 0) throw invalid('offset', 'must be 0 or more');
  if (offset && (after != null || before != null || last != null)) {
    const other = last == null ? 'a cursor' : 'last';
    throw invalid('offset', `cannot be given together with ${other}`);
  }
}

/** Binds a cursor to the name of its parent and the identity of its query. */
export const cursorIdentity = (name: string | undefined, identity: string): string =>
  cursorIdentities(identity)(name);

/** The same for several parents: the identity of the query, which may be long, is written as JSON once. */
export function cursorIdentities(identity: string): (name: string | undefined) => string {
  let json: string | undefined;
  return (name) => {
    json ??= JSON.stringify(identity);
    return `[${JSON.stringify(name ?? null)},${json}]`;
  };
}

/** The parts that the statement of a page depends on, apart from its source and its query. */
export interface StatementWindow {
  /** The order in which rows are read. */
  terms: readonly SortKey[];
  /** The conditions of the cursors. */
  bounds: readonly Prisma.Sql[];
  /** One row more than the page has. */
  limit: number | Placeholder;
  /** The same, and the rows to skip. */
  reach: number | Placeholder;
  /** 0 for none. */
  offset: number | Placeholder;
}

/** The resolved arguments of a page. */
export interface PageWindow extends StatementWindow {
  limit: number;
  reach: number;
  offset: number;
  size: number;
  isBackwards: boolean;
  /** The keys of the cursors. */
  keys: CursorKeys;
  /** The keys of the row after which reading starts. */
  start: SortKeys | undefined;
}

type CursorKeys = Readonly<Record<'after' | 'before', SortKeys | undefined>>;

/** The conditions of the cursors. */
export const boundsOf = (
  order: readonly SortKey[],
  { after, before }: Readonly<Record<keyof CursorKeys, BoundKeys | undefined>>,
): Prisma.Sql[] => [
  ...(after === undefined ? [] : [isAfter(order, after)]),
  ...(before === undefined ? [] : [isAfter(reverse(order), before)]),
];

interface WindowQuery {
  order: readonly SortKey[];
  identity: string;
  cursorAdvice?: CursorAdvice | undefined;
}

/** Resolves page arguments: the number of rows, the order in which they are read, and their bounds. */
export function pageWindow(
  source: { names: readonly string[] },
  { order, identity, cursorAdvice, ...args }: WindowQuery & PageArgs,
): PageWindow {
  checkPageArgs(args);
  const isBackwards = args.last != null;
  const keysOf = (cursor: string | null | undefined) =>
    cursor == null
      ? undefined
      : cursorKeys(
          { order, identity: cursorIdentity(source.names[0], identity), cursorAdvice },
          cursor,
        );
  const keys = { after: keysOf(args.after), before: keysOf(args.before) };
  const size = args.last ?? args.first ?? defaultPageSize;
  const offset = args.offset ?? 0;
  return {
    isBackwards,
    keys,
    start: isBackwards ? keys.before : keys.after,
    bounds: boundsOf(order, keys),
    ...{ size, offset, limit: size + 1, reach: size + 1 + offset },
    terms: isBackwards ? reverse(order) : order,
  };
}

function cursorKeys({ order, identity, cursorAdvice }: WindowQuery, cursor: string): SortKeys {
  const keys = decodeCursor(identity, cursor, cursorAdvice);
  if (keys.length !== order.length) throw invalidCursor(cursorAdvice);
  return keys;
}
