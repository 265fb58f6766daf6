import { isDeepStrictEqual } from 'node:util';
import {
  type GraphQLInputType,
  type GraphQLOutputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isObjectType,
} from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { mutateOk } from '../support/boards.ts';
import { databaseDigest, expectGraphQLError } from '../support/expectations.ts';
import { type InputPath, inputPathsFor, inputWith } from '../support/input-paths.ts';
import { postRaw } from '../support/raw-requests.ts';
import { type GraphQLReply, useWorld } from '../support/world.ts';

const world = useWorld();

/** No text can hold these: half a surrogate pair, and what PostgreSQL has no room for. */
const unstorable = ['a\0b', 'a\ud83d', '\ude00\ud83d'];
const wide = '𝔘𐍈😀👩🏽‍🚀';

const inBoard = (fields: string) => `board(id: "board_abc123") { ${fields} }`;
const inColumn = (fields: string) => inBoard(`column(id: "col_002") { ${fields} }`);
/** The way from the root to a field, by the type that has it. */
const wayTo: Record<string, (fields: string) => string> = {
  Query: (fields) => fields,
  Mutation: (fields) => fields,
  Board: inBoard,
  Column: inColumn,
  Contact: (fields) => `contact(id: "contact_xyz") { ${fields} }`,
  BoardConnection: (fields) => `boards { ${fields} }`,
  ColumnConnection: (fields) => inBoard(`columns { ${fields} }`),
  AgentConnection: (fields) => `agents { ${fields} }`,
  ContactConnection: (fields) => `contacts { ${fields} }`,
  ItemConnection: (fields) => `items { ${fields} }`,
  BoardChangeConnection: (fields) => inBoard(`changes { ${fields} }`),
  Item: (fields) => `item(id: "item_001") { ${fields} }`,
  ItemGroup: (fields) => inBoard(`itemGroups(by: { field: LABEL }, first: 1) { ${fields} }`),
};

/** A selection that makes a field read what it can: its plain fields, and a list's rows. */
function selection(type: GraphQLOutputType): string {
  const named = getNamedType(type);
  if (!isObjectType(named)) return isInterfaceType(named) ? '{ __typename }' : '';
  const plain = Object.values(named.getFields()).filter(
    (field) => field.args.length === 0 && isLeafType(getNamedType(field.type)),
  );
  const { nodes } = named.getFields();
  const rows = nodes ? `nodes ${selection(nodes.type)}` : '';
  return `{ __typename ${plain.map(({ name }) => name).join(' ')} ${rows} }`;
}

const boardId = 'board_abc123';
/** An item that an upsert can match on `k`. */
const matched = { title: 'x', values: { k: 1 } };

/** A test of a value that says nothing else than that its key is there. */
const besideInFilter = { values: { exists: true } };

/** The other input fields without which a request would not come as far as the text: by mutation, or by place. */
const beside: Record<string, Record<string, unknown>> = {
  createItem: { boardId, title: 'x' },
  updateItem: { id: 'item_002', boardId: null },
  moveItem: { id: 'item_002', boardId: null, columnId: 'col_001' },
  'moveItem columnName': { id: 'item_002', boardId: null },
  createItems: { boardId, items: [{ title: 'x' }] },
  updateItems: { boardId, items: [{ id: 'item_002' }] },
  upsertItems: { boardId, matchOn: 'k', items: [matched] },
  moveItems: { boardId, ids: ['item_002'], columnId: 'col_001' },
  'moveItems columnName': { boardId, ids: ['item_002'] },
  deleteItems: { boardId, ids: [] },
  writeItems: {
    boardId,
    operations: [{ update: { id: 'item_002' }, upsert: { matchOn: 'k', item: matched } }],
  },
  'writeItems boardId': { operations: [{ create: { title: 'x' } }] },
  createColumn: { boardId, name: 'x' },
  updateColumn: { id: 'col_002' },
  deleteColumn: { id: 'col_003' },
  updateContact: { id: 'contact_003' },
  mergeContacts: { into: 'contact_003', ids: ['contact_004'] },
  deleteContacts: { ids: ['contact_004'] },
  updateBoard: { id: boardId },
};

function variableFor({ arg, field, path }: InputPath, value: unknown): unknown {
  const tested = { path, beside: path[0] === 'values' ? besideInFilter : undefined };
  if (arg.name !== 'input') return inputWith(arg.type, tested, value);
  const { name } = field;
  const others = beside[`${name} ${path.join(' ')}`] ?? beside[name];
  return inputWith(arg.type, { path, beside: others }, value);
}

/** The arguments that a field must have, or that the text would be nothing without. */
const argumentsBeside: Record<string, string> = {
  'Query.item boardId': ', id: "item_001"',
  'Board.itemGroups search': ', by: { field: COLUMN }',
  'Board.itemGroups first': ', by: { field: COLUMN }',
};

/** A document that puts `value` (a variable's name, or a literal) into the argument of a place. */
function documentOf(place: InputPath, value: string): string {
  const { owner, field, arg } = place;
  const [type = ''] = owner.split('.');
  const way = wayTo[type];
  if (way === undefined) throw new Error(`no way to ${type}`);
  const call = `${field.name}(${arg.name}: ${value}${argumentsBeside[place.place] ?? ''}) ${selection(field.type)}`;
  const variable = value === '$v' ? ` ($v: ${arg.type})` : '';
  return `${type === 'Mutation' ? 'mutation' : 'query'}${variable} { ${way(call)} }`;
}

/** A value as GraphQL writes it. JSON's escapes are GraphQL's as well. */
function literal(value: unknown, type?: GraphQLInputType): string {
  const nullable = type && getNullableType(type);
  if (Array.isArray(value)) {
    return `[${value.map((one) => literal(one, isListType(nullable) ? nullable.ofType : undefined))}]`;
  }
  if (typeof value !== 'object' || value === null) {
    return isEnumType(nullable) ? String(value) : JSON.stringify(value);
  }
  const fields = isInputObjectType(nullable) ? nullable.getFields() : {};
  return `{${Object.entries(value).map(([key, one]) => `${key}: ${literal(one, fields[key]?.type)}`)}}`;
}

const codesOf = ({ errors = [] }: GraphQLReply<unknown>) =>
  errors.map((error) => error.extensions.code);

const valuesOf = (type: string, text: string): unknown[] =>
  type === 'ItemValues' ? [{ key: text }, { deep: [{ deeper: text }] }] : [text];

/** The filter is the same wherever it stands, so one place of it is enough. */
const isOne = ({ arg, owner }: InputPath) => arg.name !== 'filter' || owner === 'Query.items';
const places = inputPathsFor('String', 'ID', 'Operand', 'ItemValues').filter(isOne);

/** Two columns of a board have no name together: there each is one of its own. */
const ownOf = ({ owner, path }: InputPath, value: unknown, nth: number): unknown =>
  /(create|update)Column$/.test(owner) && path.at(-1) === 'name'
    ? `${value} ${owner} ${nth}`
    : value;

/** Both ways to say the same: in a variable, and in the document. */
async function ask(place: InputPath, value: unknown): Promise<GraphQLReply<unknown>[]> {
  const [first, second] = [1, 2].map((nth) => variableFor(place, ownOf(place, value, nth)));
  return [
    await world.graphql(documentOf(place, '$v'), { v: first }),
    await world.graphql(documentOf(place, literal(second, place.arg.type))),
  ];
}

describe('a text that no text can hold', () => {
  let before: unknown;
  beforeAll(async () => {
    before = await databaseDigest(world);
  });

  it.each(places)('is refused at $place', async (place) => {
    for (const value of unstorable.flatMap((text) => valuesOf(place.type, text))) {
      for (const reply of await ask(place, value)) expectGraphQLError(reply, /VALIDATION/);
    }
  });

  it('was written nowhere', async () => {
    expect(await databaseDigest(world)).toEqual(before);
  });
});

/** A color has a shape, and a key to match on stands in the values too, where a document cannot spell every key. */
const isShaped = ({ path }: InputPath) => ['color', 'matchOn'].includes(path.at(-1) ?? '');

it.each(
  places.filter((place) => !isShaped(place)),
)('takes characters of four bytes at $place', async (place) => {
  for (const value of valuesOf(place.type, wide)) {
    const [asVariable, asLiteral] = (await ask(place, value)).map(codesOf);
    expect(asLiteral).toEqual(asVariable);
    for (const code of asVariable ?? [])
      expect(code).toMatch(/_NOT_FOUND$|_IN_USE$|^INVALID_CURSOR$/);
  }
});

/** What quotes, comments, ends, escapes, joins or stands for something in SQL, LIKE, JSON, arrays or GraphQL. */
const hostile = `'"--/*\\;$1 {a,b} %_ --`;
/** What the other one is like where its wildcards are taken for such. */
const alike = hostile.replace('%_', 'xy');

/** Tests by their names: whether they hold of an item that has the text, and of one that has one like it. */
const holding: Record<string, [boolean, boolean]> = {
  ...Object.fromEntries(
    ['eq', 'in', 'contains', 'startsWith', 'hasAll', 'hasAny', 'key', 'search', 'lte'].map(
      (name) => [name, [true, false]],
    ),
  ),
  ...Object.fromEntries(['ne', 'nin', 'hasNone', 'gt'].map((name) => [name, [false, true]])),
  gte: [true, true],
  lt: [false, false],
};
/** No id is like this. */
const holdingOfIds: Record<string, [boolean, boolean]> = {
  ...Object.fromEntries(['eq', 'in'].map((name) => [name, [false, false]])),
  ...Object.fromEntries(['ne', 'nin'].map((name) => [name, [true, true]])),
};

describe('a text full of quotes, comments and operators', () => {
  /** Ids of what has the text, and of what has one like it. */
  const ids: Record<string, string[]> = { board: [], column: [], contact: [], item: [] };
  let before: unknown;

  beforeAll(async () => {
    for (const text of [hostile, alike]) {
      const { board } = await mutateOk<{ board: { id: string } }>(
        world,
        'createBoard',
        { name: text },
        'board { id }',
      );
      const { column } = await mutateOk<{ column: { id: string } }>(
        world,
        'createColumn',
        { boardId, name: text },
        'column { id }',
      );
      const { contact } = await mutateOk<{ contact: { id: string } }>(
        world,
        'createContact',
        { name: text },
        'contact { id }',
      );
      const values = { x: text, [text]: 1 };
      const own = { title: text, labels: [text], values, columnId: column.id };
      const { item } = await mutateOk<{ item: { id: string } }>(
        world,
        'createItem',
        { boardId, contactId: 'contact_xyz', ...own },
        'item { id }',
      );
      for (const [name, { id }] of Object.entries({ board, column, contact, item }))
        ids[name]?.push(id);
    }
    before = await databaseDigest(world);
  });

  /** What must be found where a place is asked with the text; undefined where nothing is found by it. */
  function wanted({
    owner,
    arg,
    path,
    type,
  }: InputPath): { kind: string; holds: boolean[] } | undefined {
    const name = path.at(-1) ?? arg.name;
    const kind = { 'Query.boards': 'board', 'Query.contacts': 'contact' }[owner] ?? 'item';
    const tests = type === 'ID' ? holdingOfIds : holding;
    const isAsked =
      arg.name === 'filter' || (arg.name === 'search' && !/^Column|agents$/.test(owner));
    const holds = isAsked && !owner.endsWith('itemGroups') ? tests[name] : undefined;
    return holds && { kind, holds };
  }

  it.each(
    places.filter(({ owner }) => !owner.startsWith('Mutation')),
  )('is asked for as it stands at $place', async (place) => {
    const [asVariable, asLiteral] = await ask(place, hostile);
    if (!asVariable || !asLiteral) throw new Error('each way has an answer');
    expect([asLiteral.data, codesOf(asLiteral)]).toEqual([asVariable.data, codesOf(asVariable)]);
    for (const code of codesOf(asVariable)) expect(code).toMatch(/_NOT_FOUND$|^INVALID_CURSOR$/);
    const want = wanted(place);
    if (!want) return;
    const text = JSON.stringify(asVariable.data);
    const found = (ids[want.kind] ?? []).map((id) => text.includes(`"${id}"`));
    expect(found).toEqual(want.holds);
  });

  it('was only asked for, and written nowhere', async () => {
    expect(await databaseDigest(world)).toEqual(before);
  });

  /** What is written over is first something else. */
  async function reset(): Promise<void> {
    const matching = await world.db.$queryRaw<{ id: string }[]>`
      SELECT id FROM item WHERE board_id = ${boardId} AND "values" ->> 'k' = '1'`;
    const { errors } = await world.graphql(
      `mutation ($ids: [ID!]!, $values: ItemValues) {
        deleteItems(input: { boardId: "${boardId}", ids: $ids }) { __typename }
        updateItem(input: { id: "item_002", columnId: "col_001", title: "x", labels: [], values: $values }) { __typename }
        updateBoard(input: { id: "${boardId}", name: "x", description: "" }) { __typename }
        updateColumn(input: { id: "col_002", name: "x" }) { __typename }
        updateContact(input: { id: "contact_003", name: "x", phone: null, email: null }) { __typename } }`,
      { ids: matching.map(({ id }) => id), values: { key: null, deep: null, [hostile]: null } },
    );
    expect(errors).toBeUndefined();
  }

  it.each(
    places.filter(({ owner }) => owner.startsWith('Mutation')),
  )('is written as it stands, or refused, and nothing else is, at $place', async (place) => {
    await reset();
    const values = valuesOf(place.type, hostile);
    if (place.type === 'ItemValues') values.push({ [hostile]: 1 });
    for (const given of values) {
      const value = ownOf(place, given, 3);
      const v = variableFor(place, value);
      const asVariable = await changesOf(() => world.graphql(documentOf(place, '$v'), { v }));
      checkWritten(place, value, asVariable);
      const isText = place.type !== 'ID' && asVariable.reply.errors === undefined;
      if (isText) expect(asVariable.subjects).not.toEqual([]);
      // A document cannot spell every key.
      if (typeof value === 'object' && Object.hasOwn(value ?? {}, hostile)) continue;
      if (place.path.at(-1) === 'matchOn') continue;
      const other = ownOf(place, given, 4);
      const text = documentOf(place, literal(variableFor(place, other), place.arg.type));
      const asLiteral = await changesOf(() => world.graphql(text));
      checkWritten(place, other, asLiteral);
      expect(codesOf(asLiteral.reply)).toEqual(codesOf(asVariable.reply));
    }
  });

  function checkWritten({ type, path }: InputPath, value: unknown, changes: Changes): void {
    const { reply, made, gone, subjects } = changes;
    const leaf = path.at(-1) ?? '';
    const isRestricted = ['color', 'matchOn'].includes(leaf);
    for (const code of codesOf(reply))
      expect(code).toMatch(isRestricted ? /^VALIDATION_ERROR$/ : /_NOT_FOUND$/);
    if (isRestricted) expect(reply.errors).toHaveLength(1);
    if (reply.errors !== undefined || type === 'ID') {
      expect([made, gone]).toEqual([[], []]);
      return;
    }
    const own = { columnName: ['column_id', 'position'], labels: ['labels'] }[leaf] ?? [leaf];
    const may = [...own, 'search', 'version', 'revision', 'updated_at'];
    for (const { changed } of subjects) expect(may).toEqual(expect.arrayContaining(changed ?? []));
    const wanted = {
      columnName: { column_id: ids.column?.[0] },
      labels: { labels: [value] },
      values: { values: expect.objectContaining(value as object) },
    }[leaf] ?? { [leaf]: value };
    const rows = subjects.map(({ row }) => row);
    if (rows.length > 0) expect(rows).toContainEqual(expect.objectContaining(wanted));
    const homes = new Set<unknown>([boardId, ...rows.map(({ id }) => id)]);
    for (const { row } of [...made, ...gone])
      expect([row.id, row.board_id, row.item_id].some((id) => homes.has(id))).toBe(true);
  }
});

interface TableRow {
  table: string;
  row: Record<string, unknown>;
}

interface Changes {
  reply: GraphQLReply<unknown>;
  /** Rows that are there since, and that are no longer there: both for one that was changed. */
  made: TableRow[];
  gone: TableRow[];
  /** The new things, and the changed ones with what changed, but for boards and columns that only count. */
  subjects: (TableRow & { changed?: string[] })[];
}

const things = ['item', 'board', 'board_column', 'contact'];
const tables = [...things, 'workspace', 'agent'];
const selects = [
  ...tables.map((name) => [name, `to_jsonb(t) - 'contacts_revision'`, name] as const),
  // Of the log, which is only added to, what is new.
  ['board_change', 'to_jsonb(t)', '(SELECT * FROM board_change WHERE n > $1)'] as const,
  [
    'item_value',
    'to_jsonb(t)',
    `(SELECT item_id, md5(string_agg(v::text, '' ORDER BY v::text)) FROM item_value v
      GROUP BY item_id)`,
  ] as const,
].map(
  ([name, row, from]) =>
    `SELECT jsonb_build_object('table', '${name}', 'row', ${row})::text FROM ${from} t`,
);

/** Every row that there is, as text; of the value index a digest for each item. */
async function everyRow(logged: string): Promise<Set<string>> {
  const rows = await world.db.$rows({ text: selects.join(' UNION ALL '), values: [logged] });
  return new Set(rows.map(([row]) => row ?? ''));
}

const rowsOf = (texts: Set<string>, others: Set<string>): TableRow[] =>
  [...texts].flatMap((text) => (others.has(text) ? [] : [JSON.parse(text)]));

/** What a request changed, in any table. */
async function changesOf(run: () => Promise<GraphQLReply<unknown>>): Promise<Changes> {
  const text = 'SELECT coalesce(max(n), 0) FROM board_change';
  const [[logged] = []] = await world.db.$rows({ text, values: [] });
  const before = await everyRow(logged ?? '0');
  const reply = await run();
  const after = await everyRow(logged ?? '0');
  const [made, gone] = [rowsOf(after, before), rowsOf(before, after)];
  const subjects = made.flatMap(({ table, row }) => {
    if (!things.includes(table)) return [];
    const old = gone.find((one) => one.table === table && one.row.id === row.id)?.row;
    if (old === undefined) return [{ table, row }];
    const changed = Object.keys(row).filter((name) => !isDeepStrictEqual(row[name], old[name]));
    const isCount = changed.every((name) => ['revision', 'items_count'].includes(name));
    return isCount ? [] : [{ table, row, changed }];
  });
  const isThing = ({ table, row }: TableRow) =>
    things.includes(table) && !made.some((one) => one.table === table && one.row.id === row.id);
  expect(gone.filter(isThing)).toEqual([]);
  return { reply, made, gone, subjects };
}

/** JSON that is a number, and one that JavaScript or PostgreSQL has no room for. */
const numbers = [
  '1e400',
  '-1e400',
  '12345678901234567890',
  '1e308',
  '-1.7976931348623157e308',
  '5e-324',
];

it.each(
  inputPathsFor('Int', 'Float', 'Operand', 'ItemValues').filter(isOne),
)('has an answer to any number at $place', async (place) => {
  for (const number of numbers) {
    const [value] = place.type === 'ItemValues' ? [{ key: 0.125 }] : [0.125];
    const v = variableFor(place, value);
    const asVariable = JSON.stringify({ query: documentOf(place, '$v'), variables: { v } });
    const asLiteral = JSON.stringify({ query: documentOf(place, literal(v, place.arg.type)) });
    for (const body of [asVariable, asLiteral]) {
      const reply = await postRaw(world, body.replace('0.125', number));
      expect(reply.status).toBeLessThan(500);
      for (const code of codesOf(reply)) expect(code).toMatch(/VALIDATION|_NOT_FOUND$/);
    }
  }
});
