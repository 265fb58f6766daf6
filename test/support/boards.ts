import type { GraphQLReply, World } from './world.ts';

type Api = Pick<World, 'graphql' | 'rest'>;

/** A board created by a test: the ids of its columns by name, and of its items by title. */
export interface TestBoard {
  id: string;
  columns: Record<string, string>;
  items: Record<string, string>;
}

/** Runs a mutation by its name, under the alias `made`. */
export const mutate = <Made = Record<string, unknown>>(
  { graphql }: Api,
  [name, input, selection]: readonly [string, object, string],
  { validateOnly = false, key }: { validateOnly?: boolean; key?: string } = {},
): Promise<GraphQLReply<{ made: Made } | null>> =>
  graphql(
    `mutation ($input: ${name.charAt(0).toUpperCase()}${name.slice(1)}Input!, $validateOnly: Boolean) {
      made: ${name}(input: $input, validateOnly: $validateOnly) { ${selection} } }`,
    { input, validateOnly },
    key,
  );

/** Runs a mutation and returns its payload; throws on an error. */
export async function mutateOk<Made = Record<string, unknown>>(
  world: Api,
  ...call: readonly [string, object, string]
): Promise<Made> {
  const { data, errors } = await mutate<Made>(world, call);
  if (!data) throw new Error(JSON.stringify(errors));
  return data.made;
}

interface Named {
  id: string;
  name: string;
}

/** Creates a board from column names, each with the titles of its items from top to bottom. */
export async function createBoard(
  world: Api,
  columns: Record<string, readonly string[]>,
): Promise<TestBoard> {
  const names = Object.keys(columns).map((name) => ({ name }));
  const { board } = await mutateOk<{ board: { id: string; columns: { nodes: Named[] } } }>(
    world,
    'createBoard',
    { name: 'Board', columns: names },
    'board { id columns { nodes { id name } } }',
  );
  const items = Object.entries(columns).flatMap(([columnName, titles]) =>
    titles.map((title) => ({ title, columnName })),
  );
  const { results } = await mutateOk<{ results: { item: { id: string; title: string } }[] }>(
    world,
    'createItems',
    { boardId: board.id, items },
    'results { item { id title } }',
  );
  return {
    id: board.id,
    columns: Object.fromEntries(board.columns.nodes.map(({ id, name }) => [name, id])),
    items: Object.fromEntries(results.map(({ item }) => [item.title, item.id])),
  };
}

/** The titles in each column from top to bottom, like `A: a b c`. */
export async function readLayout(world: Api, { id }: Pick<TestBoard, 'id'>): Promise<string[]> {
  const { data } = await world.graphql<{
    board: { columns: { nodes: { name: string; items: { nodes: { title: string }[] } }[] } };
  }>(
    `query ($id: ID!) { board(id: $id) { columns {
      nodes { name items(first: 500) { nodes { title } } } } } }`,
    { id },
  );
  return data.board.columns.nodes.map(
    ({ name, items }) => `${name}: ${items.nodes.map(({ title }) => title).join(' ')}`,
  );
}

/** The board's revision, and the version and the position of every item by its title. */
export async function readNumbers({ db }: Pick<World, 'db'>, { id }: Pick<TestBoard, 'id'>) {
  const { revision } = await db.board.findFirstOrThrow({ where: { id } });
  const items = await db.item.findMany({ where: { boardId: id }, orderBy: { position: 'asc' } });
  return {
    revision: Number(revision),
    versions: Object.fromEntries(items.map(({ title, version }) => [title, version])),
    positions: Object.fromEntries(items.map(({ title, position }) => [title, position])),
  };
}

/** A row of the change log in the REST response. */
export interface LogRow {
  revision: number;
  subject: string;
  id: string;
  action: string;
  version: number | null;
  by: { id: string; name: string } | null;
  at: string;
  fields: { field: string; before: unknown; after: unknown }[];
}

/** The change log of a board from the beginning, or after a revision. */
export async function changeLogOf(
  { rest }: Api,
  { id }: Pick<TestBoard, 'id'>,
  afterRevision = -1,
): Promise<LogRow[]> {
  const { body } = await rest<LogRow[]>('GET', `/boards/${id}/changes?limit=500`);
  return body.data.filter(({ revision }) => revision > afterRevision);
}

/**
 * One line per row of a change log, like `+0 item a updated v2 title "a" -> "b"`, with names in place of the board's ids.
 * Sorted, because rows of one revision have no order.
 */
export function summarize(rows: readonly LogRow[], { columns, items }: TestBoard): string[] {
  const names = Object.entries({ ...columns, ...items }).map(([name, id]) => [id, name] as const);
  const first = rows[0]?.revision ?? 0;
  const lines = rows.map(({ revision, subject, id, action, version, fields }) => {
    const changes = fields.map(
      ({ field, before, after }) =>
        `${field} ${JSON.stringify(before)} -> ${JSON.stringify(after)}`,
    );
    const line = `+${revision - first} ${subject} ${id} ${action} v${version} ${changes.join(', ')}`;
    return names.reduce((text, [id, name]) => text.replaceAll(id, name), line);
  });
  return lines.sort();
}

/** The SQL statements of a run, without the API key lookup that happens every few seconds. */
export const statementsExceptKeyLookup = async (
  { statementsOf }: Pick<World, 'statementsOf'>,
  run: () => Promise<unknown>,
): Promise<string[]> =>
  (await statementsOf(run)).filter((statement) => !/\bapi_key\b/.test(statement));
