import { LRUCache } from 'lru-cache';
import type { Reader } from '../../../postgres/client.ts';
import { type Page, pageStatement, runPages } from '../../../sql/page.ts';
import { boundsOf, type PageArgs, type PageWindow, pageWindow } from '../../../sql/page-args.ts';
import { Placeholder, statementTemplate } from '../../../sql/statement-template.ts';
import type { JsonProjection } from './json-projection.ts';
import type { CompiledItemQuery, ItemParent } from './query.ts';
import { type FullItem, type ItemIncludes, readerOf } from './rows.ts';
import { boardHeader, itemColumns, namesOf, placeOf } from './source.ts';

/** The arguments of a page without a filter. */
export interface IndexPageArgs extends PageArgs, ItemIncludes {
  query: CompiledItemQuery;
  /** True to read the board of the only parent with the rows, which have a shape. */
  withBoard?: boolean | undefined;
}

const place = {
  workspaceId: new Placeholder(),
  boardIds: new Placeholder(),
  columnIds: new Placeholder(),
  contactIds: new Placeholder(),
};
const [limit, reach, offset] = [new Placeholder(), new Placeholder(), new Placeholder()];
/** The keys of cursors: at most three, of which the board's order makes three each, and the id. */
const createKeys = () => Array.from({ length: 10 }, () => new Placeholder());
const cursorKeys = { after: createKeys(), before: createKeys() };

/** The statements of the pages of one shape, or of rows, by all else that their text depends on. */
type Statements = LRUCache<string, ReturnType<typeof statementTemplate>>;

const createStatements = (): Statements => new LRUCache({ max: 50 });
const ofShapes = new WeakMap<JsonProjection, Statements>();
const ofRows = createStatements();

function statementsOf(shape: JsonProjection | undefined): Statements {
  if (shape === undefined) return ofRows;
  const statements = ofShapes.get(shape) ?? createStatements();
  ofShapes.set(shape, statements);
  return statements;
}

/** Pages that an index holds in their order, by a statement whose text is built once. */
export async function readIndexPages(
  { db, workspaceId }: { db: Reader; workspaceId: string },
  parents: readonly ItemParent[],
  { query, ...args }: IndexPageArgs,
): Promise<Page<FullItem>[]> {
  const names = namesOf(parents);
  const { order, identity } = query.page;
  const window = pageWindow({ names }, { order, identity, ...args });
  const { boardIds, columnIds, contactIds } = placeOf(workspaceId, parents);
  const bindings = new Map<unknown, unknown>([
    [place.workspaceId, workspaceId],
    [place.boardIds, boardIds],
    [place.columnIds, columnIds],
    [place.contactIds, contactIds],
    [limit, window.limit],
    [reach, window.reach],
    [offset, window.offset],
  ]);
  for (const side of ['after', 'before'] as const)
    for (const [n, key] of (window.keys[side] ?? []).entries())
      bindings.set(cursorKeys[side][n], key);
  const statement = statementOf(window, { query, ...args })(bindings);
  const source = { names, read: readerOf(workspaceId, args) };
  return runPages(db, source, { ...args, identity, window, statement });
}

function statementOf(
  { keys, terms, isBackwards, ...window }: PageWindow,
  { query, withBoard = false, ...args }: IndexPageArgs,
): ReturnType<typeof statementTemplate> {
  const { contact, createdBy, shape, cursors } = args;
  // A condition depends on which of the keys are null.
  const boundKeys = (side: keyof typeof cursorKeys) =>
    keys[side]?.map((key, n) => (key === null ? null : (cursorKeys[side][n] ?? null)));
  const cursor = { after: boundKeys('after'), before: boundKeys('before') };
  const name = JSON.stringify([
    ...[query.kind, query.orderBy, cursor, isBackwards, window.offset > 0],
    ...[contact, createdBy, cursors, withBoard],
  ]);
  const statements = statementsOf(shape);
  const cached = statements.get(name);
  if (cached !== undefined) return cached;
  const all = { ...place, kind: query.kind };
  const { order } = query.page;
  const source = {
    ...itemColumns(all, args),
    header: withBoard ? boardHeader(all) : undefined,
  };
  const bounds = boundsOf(order, cursor);
  const statement = statementTemplate(
    pageStatement(
      source,
      { where: [], order, cursors },
      { terms, bounds, limit, reach, offset: window.offset === 0 ? 0 : offset },
    ),
  );
  statements.set(name, statement);
  return statement;
}
