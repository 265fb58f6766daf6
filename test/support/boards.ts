import type { GraphQLReply, World } from './world.ts';

type Doors = Pick<World, 'graphql' | 'rest'>;

/** A board that a test made for itself: the ids of its columns by name, and of its items by title. */
export interface MadeBoard {
  id: string;
  columns: Record<string, string>;
  items: Record<string, string>;
}

/** A write by its mutation's name: `made` holds what was selected. */
export const mutate = <Made = Record<string, unknown>>(
  { graphql }: Doors,
  [name, input, selection]: readonly [string, object, string],
  { validateOnly = false, key }: { validateOnly?: boolean; key?: string } = {},
): Promise<GraphQLReply<{ made: Made } | null>> =>
  graphql(
    `mutation ($input: ${name.charAt(0).toUpperCase()}${name.slice(1)}Input!, $validateOnly: Boolean) {
      made: ${name}(input: $input, validateOnly: $validateOnly) { ${selection} } }`,
    { input, validateOnly },
    key,
  );

/** What a mutation that has to work answers. */
export async function made<Made = Record<string, unknown>>(
  world: Doors,
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

/** Makes a board: its columns by name, each with the titles of its items from top to bottom. */
export async function makeBoard(
  world: Doors,
  columns: Record<string, readonly string[]>,
): Promise<MadeBoard> {
  const names = Object.keys(columns).map((name) => ({ name }));
  const { board } = await made<{ board: { id: string; columns: { nodes: Named[] } } }>(
    world,
    'createBoard',
    { name: 'Board', columns: names },
    'board { id columns { nodes { id name } } }',
  );
  const items = Object.entries(columns).flatMap(([columnName, titles]) =>
    titles.map((title) => ({ title, columnName })),
  );
  const { results } = await made<{ results: { item: { id: string; title: string } }[] }>(
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

/** What stands where: the titles of each column from top to bottom, by the column's name, like `A: a b c`. */
export async function layout(world: Doors, { id }: Pick<MadeBoard, 'id'>): Promise<string[]> {
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
export async function numbersOf({ db }: Pick<World, 'db'>, { id }: Pick<MadeBoard, 'id'>) {
  const { revision } = await db.board.findFirstOrThrow({ where: { id } });
  const items = await db.item.findMany({ where: { boardId: id }, orderBy: { position: 'asc' } });
  return {
    revision: Number(revision),
    versions: Object.fromEntries(items.map(({ title, version }) => [title, version])),
    positions: Object.fromEntries(items.map(({ title, position }) => [title, position])),
  };
}

/** A row of the change log as the wire gives it. */
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

/** The board's change log from its beginning, or behind a revision. */
export async function logOf(
  { rest }: Doors,
  { id }: Pick<MadeBoard, 'id'>,
  behind = -1,
): Promise<LogRow[]> {
  const { body } = await rest<LogRow[]>('GET', `/boards/${id}/changes?limit=500`);
  return body.data.filter(({ revision }) => revision > behind);
}

/**
 * Rows of a log in short, like `+0 item a updated v2 title "a" -> "b"`, with names for ids that a test knows. What was
 * changed together has no order of its own: it is sorted.
 */
export function inShort(rows: readonly LogRow[], { columns, items }: MadeBoard): string[] {
  const names = Object.entries({ ...columns, ...items }).map(([name, id]) => [id, name] as const);
  const first = rows[0]?.revision ?? 0;
  const lines = rows.map(({ revision, subject, id, action, version, fields }) => {
    const said = fields.map(
      ({ field, before, after }) =>
        `${field} ${JSON.stringify(before)} -> ${JSON.stringify(after)}`,
    );
    const line = `+${revision - first} ${subject} ${id} ${action} v${version} ${said.join(', ')}`;
    return names.reduce((text, [known, name]) => text.replaceAll(known, name), line);
  });
  return lines.sort();
}

/** The statements of a run, without the look at the caller's key that is due every few seconds. */
export const statementsFor = async (
  { statementsOf }: Pick<World, 'statementsOf'>,
  run: () => Promise<unknown>,
): Promise<string[]> =>
  (await statementsOf(run)).filter((statement) => !/\bapi_key\b/.test(statement));
