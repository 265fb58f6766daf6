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
// Only administrators use API keys.
beforeAll(async () => {
  await world.db.apiKey.updateMany({ data: { scopes: ['read', 'write', 'admin'] } });
});

/** PostgreSQL stores neither NUL characters nor lone surrogates. */
const unstorableTexts = ['a\0b', 'a\ud83d', '\ude00\ud83d'];
const fourByteText = '𝔘𐍈😀👩🏽‍🚀';

const inBoard = (fields: string) => `board(id: "board_abc123") { ${fields} }`;
const inColumn = (fields: string) => inBoard(`column(id: "col_002") { ${fields} }`);
/** A selection from the root down to the fields of a type. */
const selectionTo: Record<string, (fields: string) => string> = {
  Query: (fields) => fields,
  Mutation: (fields) => fields,
  Board: inBoard,
  Column: inColumn,
  Contact: (fields) => `contact(id: "contact_xyz") { ${fields} }`,
  BoardConnection: (fields) => `boards { ${fields} }`,
  ColumnConnection: (fields) => inBoard(`columns { ${fields} }`),
  ApiKeyConnection: (fields) => `apiKeys { ${fields} }`,
  AgentConnection: (fields) => `agents { ${fields} }`,
  ContactConnection: (fields) => `contacts { ${fields} }`,
  ItemConnection: (fields) => `items { ${fields} }`,
  BoardChangeConnection: (fields) => inBoard(`changes { ${fields} }`),
  ContactChangeConnection: (fields) => `contactChanges { ${fields} }`,
  ChangeConnection: (fields) => `changes { ${fields} }`,
  Item: (fields) => `item(id: "item_001") { ${fields} }`,
  Webhook: (fields) => `webhook(id: "webhook_never") { ${fields} }`,
  WebhookConnection: (fields) => `webhooks { ${fields} }`,
  WebhookAttemptConnection: (fields) => `webhook(id: "webhook_never") { attempts { ${fields} } }`,
  ItemGroup: (fields) => inBoard(`itemGroups(by: { field: LABEL }, first: 1) { ${fields} }`),
};

/** The selection of a type's fields without arguments, and of a connection's rows, so that they are read. */
function selectionOf(type: GraphQLOutputType): string {
  const named = getNamedType(type);
  if (!isObjectType(named)) return isInterfaceType(named) ? '{ __typename }' : '';
  const plain = Object.values(named.getFields()).filter(
    (field) => field.args.length === 0 && isLeafType(getNamedType(field.type)),
  );
  const { nodes } = named.getFields();
  const rows = nodes ? `nodes ${selectionOf(nodes.type)}` : '';
  return `{ __typename ${plain.map(({ name }) => name).join(' ')} ${rows} }`;
}

const boardId = 'board_abc123';
/** An item for an upsert that matches on `k`. */
const upsertItem = { title: 'x', values: { k: 1 } };

/** The other fields of a value filter. */
const besideKey = { values: { exists: true } };

/** The other fields that an input needs to be valid, by mutation or by input path. */
const beside: Record<string, Record<string, unknown>> = {
  createItem: { boardId, title: 'x' },
  updateItem: { id: 'item_002', boardId: null },
  moveItem: { id: 'item_002', boardId: null, columnId: 'col_001' },
  'moveItem columnName': { id: 'item_002', boardId: null },
  createItems: { boardId, items: [{ title: 'x' }] },
  updateItems: { boardId, items: [{ id: 'item_002' }] },
  upsertItems: { boardId, matchOn: 'k', items: [upsertItem] },
  moveItems: { boardId, ids: ['item_002'], columnId: 'col_001' },
  'moveItems columnName': { boardId, ids: ['item_002'] },
  deleteItems: { boardId, ids: [] },
  writeItems: {
    boardId,
    operations: [{ update: { id: 'item_002' }, upsert: { matchOn: 'k', item: upsertItem } }],
  },
  'writeItems boardId': { operations: [{ create: { title: 'x' } }] },
  createColumn: { boardId, name: 'x' },
  updateColumn: { id: 'col_002' },
  deleteColumn: { id: 'col_003' },
  updateContact: { id: 'contact_003' },
  upsertContacts: { matchOn: 'EMAIL', contacts: [{ name: 'x', email: 'x@x.io' }] },
  mergeContacts: { into: 'contact_003', ids: ['contact_004'] },
  deleteContacts: { ids: ['contact_004'] },
  updateBoard: { id: boardId },
  createApiKey: { name: 'x', scope: 'READ' },
};

function variableFor({ arg, field, path }: InputPath, value: unknown): unknown {
  const options = { path, beside: path[0] === 'values' ? besideKey : undefined };
  if (arg.name !== 'input') return inputWith(arg.type, options, value);
  const { name } = field;
  const otherFields = beside[`${name} ${path.join(' ')}`] ?? beside[name];
  return inputWith(arg.type, { path, beside: otherFields }, value);
}

/** The other arguments that a field needs to be valid, or to use the text. */
const argumentsBeside: Record<string, string> = {
  'Query.item boardId': ', id: "item_001"',
  'Board.itemGroups search': ', by: { field: COLUMN }',
  'Board.itemGroups first': ', by: { field: COLUMN }',
};

/** A document with `value`, which is `$v` or a literal, as the argument at a path. */
function documentOf(place: InputPath, value: string): string {
  const { owner, field, arg } = place;
  const [type = ''] = owner.split('.');
  const select = selectionTo[type];
  if (select === undefined) throw new Error(`no selection to ${type}`);
  const call = `${field.name}(${arg.name}: ${value}${argumentsBeside[place.place] ?? ''}) ${selectionOf(field.type)}`;
  const variable = value === '$v' ? ` ($v: ${arg.type})` : '';
  return `${type === 'Mutation' ? 'mutation' : 'query'}${variable} { ${select(call)} }`;
}

/** A value as a GraphQL literal; strings have the same escapes as in JSON. */
function literal(value: unknown, type?: GraphQLInputType): string {
  const nullable = type && getNullableType(type);
  if (Array.isArray(value)) {
    return `[${value.map((element) => literal(element, isListType(nullable) ? nullable.ofType : undefined))}]`;
  }
  if (typeof value !== 'object' || value === null) {
    return isEnumType(nullable) ? String(value) : JSON.stringify(value);
  }
  const fields = isInputObjectType(nullable) ? nullable.getFields() : {};
  return `{${Object.entries(value).map(([key, field]) => `${key}: ${literal(field, fields[key]?.type)}`)}}`;
}

const codesOf = ({ errors = [] }: GraphQLReply<unknown>) =>
  errors.map((error) => error.extensions.code);

/** The values of a type that contain a text. */
const valuesOf = (type: string, text: string): unknown[] =>
  type === 'ItemValues' ? [{ key: text }, { deep: [{ deeper: text }] }] : [text];

/** All filters have the same type: one of them is tested. */
const isTested = ({ arg, owner }: InputPath) =>
  (arg.name !== 'filter' || owner === 'Query.items') && !isOfWebhooks(owner);
/** Tests of webhooks write their texts. */
const isOfWebhooks = (owner: string): boolean => /^Mutation\.\w*Webhook/.test(owner);
const inputPaths = inputPathsFor('String', 'ID', 'Operand', 'ItemValues').filter(isTested);

/** Makes column names unique, as they must be on a board, and names of agents, which only create one if they are new. */
const uniqueValue = ({ owner, path }: InputPath, value: unknown, nth: number): unknown =>
  (/(create|update)Column$/.test(owner) && path.at(-1) === 'name') || path.at(-1) === 'agentName'
    ? `${value} ${owner} ${nth}`
    : value;

/** Runs two documents with the same value, as a variable and as a literal. */
async function runBoth(place: InputPath, value: unknown): Promise<GraphQLReply<unknown>[]> {
  const [first, second] = [1, 2].map((nth) => variableFor(place, uniqueValue(place, value, nth)));
  return [
    await world.graphql(documentOf(place, '$v'), { v: first }),
    await world.graphql(documentOf(place, literal(second, place.arg.type))),
  ];
}

describe('text with a NUL character or a lone surrogate', () => {
  let before: unknown;
  beforeAll(async () => {
    before = await databaseDigest(world);
  });

  it.each(inputPaths)('is refused at $place', async (place) => {
    for (const value of unstorableTexts.flatMap((text) => valuesOf(place.type, text))) {
      for (const response of await runBoth(place, value))
        expectGraphQLError(response, /VALIDATION/);
    }
  });

  it('was not stored', async () => {
    expect(await databaseDigest(world)).toEqual(before);
  });
});

/**
 * A color must be hexadecimal, an e-mail address and a phone number must be one; `matchOn` must be a key of the values,
 * the contact of an item must have the address or number that it is found by, the agent of an API key must exist,
 * columns of items need a board, and the keys of a literal must be names.
 */
const restricted = ['color', 'email', 'phone', 'matchOn'];
const isRestricted = ({ place, arg, path }: InputPath) =>
  restricted.includes(path.at(-1) ?? arg.name) ||
  path.at(-2) === 'contact' ||
  place === 'Mutation.createApiKey input agentId' ||
  place === 'Query.items columnIds';

it.each(
  inputPaths.filter((place) => !isRestricted(place)),
)('takes characters of four bytes at $place', async (place) => {
  for (const value of valuesOf(place.type, fourByteText)) {
    const [asVariable, asLiteral] = (await runBoth(place, value)).map(codesOf);
    expect(asLiteral).toEqual(asVariable);
    for (const code of asVariable ?? [])
      expect(code).toMatch(/_NOT_FOUND$|_IN_USE$|^INVALID_CURSOR$/);
  }
});

/** Characters with a meaning in SQL, LIKE patterns, JSON, arrays or GraphQL. */
const hostile = `'"--/*\\;$1 {a,b} %_ --`;
/** A text that `hostile` matches if its wildcards are not escaped. */
const lookalike = hostile.replace('%_', 'xy');

/** Whether each operator with `hostile` as its operand matches an item with `hostile`, and one with `lookalike`. */
const matchesOfTexts: Record<string, [boolean, boolean]> = {
  ...Object.fromEntries(
    ['eq', 'in', 'contains', 'startsWith', 'hasAll', 'hasAny', 'key', 'search', 'lte'].map(
      (name) => [name, [true, false]],
    ),
  ),
  ...Object.fromEntries(['ne', 'nin', 'hasNone', 'gt'].map((name) => [name, [false, true]])),
  gte: [true, true],
  lt: [false, false],
};
/** The same for ids, which never equal `hostile`. */
const matchesOfIds: Record<string, [boolean, boolean]> = {
  ...Object.fromEntries(['eq', 'in'].map((name) => [name, [false, false]])),
  ...Object.fromEntries(['ne', 'nin'].map((name) => [name, [true, true]])),
};

describe('text full of quotes, comments and operators', () => {
  /** The ids of the rows with `hostile` and with `lookalike`. */
  const ids: Record<string, string[]> = { board: [], column: [], contact: [], item: [] };
  let before: unknown;

  beforeAll(async () => {
    for (const text of [hostile, lookalike]) {
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
      const fields = { title: text, labels: [text], values, columnId: column.id };
      const { item } = await mutateOk<{ item: { id: string } }>(
        world,
        'createItem',
        { boardId, contactId: 'contact_xyz', ...fields },
        'item { id }',
      );
      for (const [name, { id }] of Object.entries({ board, column, contact, item }))
        ids[name]?.push(id);
    }
    before = await databaseDigest(world);
  });

  /** Which rows a query finds with `hostile` at a path; undefined for inputs that do not filter. */
  function expectedRows({
    owner,
    arg,
    path,
    type,
  }: InputPath): { kind: string; isFound: boolean[] } | undefined {
    const name = path.at(-1) ?? arg.name;
    const kind = { 'Query.boards': 'board', 'Query.contacts': 'contact' }[owner] ?? 'item';
    const matches = type === 'ID' ? matchesOfIds : matchesOfTexts;
    const isFiltered =
      arg.name === 'filter' || (arg.name === 'search' && !/^Column|agents$/.test(owner));
    const isFound = isFiltered && !owner.endsWith('itemGroups') ? matches[name] : undefined;
    return isFound && { kind, isFound };
  }

  it.each(
    inputPaths.filter(({ owner }) => !owner.startsWith('Mutation')),
  )('is taken literally by the query at $place', async (place) => {
    const [asVariable, asLiteral] = await runBoth(place, hostile);
    if (!asVariable || !asLiteral) throw new Error('two responses expected');
    expect([asLiteral.data, codesOf(asLiteral)]).toEqual([asVariable.data, codesOf(asVariable)]);
    const refusal = isRestricted(place) ? /^VALIDATION_ERROR$/ : /_NOT_FOUND$|^INVALID_CURSOR$/;
    for (const code of codesOf(asVariable)) expect(code).toMatch(refusal);
    const expected = expectedRows(place);
    if (!expected) return;
    const text = JSON.stringify(asVariable.data);
    const isFound = (ids[expected.kind] ?? []).map((id) => text.includes(`"${id}"`));
    expect(isFound).toEqual(expected.isFound);
  });

  it('is not stored by queries', async () => {
    expect(await databaseDigest(world)).toEqual(before);
  });

  /** Sets all fields that the mutations write to other values. */
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
    inputPaths.filter(({ owner }) => owner.startsWith('Mutation')),
  )('is stored unchanged or refused by the mutation at $place, which changes no other row', async (place) => {
    await reset();
    const values = valuesOf(place.type, hostile);
    if (place.type === 'ItemValues') values.push({ [hostile]: 1 });
    for (const hostileValue of values) {
      const value = uniqueValue(place, hostileValue, 3);
      const v = variableFor(place, value);
      const asVariable = await changesOf(() => world.graphql(documentOf(place, '$v'), { v }));
      checkWritten(place, value, asVariable);
      const isText = place.type !== 'ID' && asVariable.response.errors === undefined;
      if (isText) expect(asVariable.subjects).not.toEqual([]);
      // The keys of a literal must be names.
      if (typeof value === 'object' && Object.hasOwn(value ?? {}, hostile)) continue;
      if (place.path.at(-1) === 'matchOn') continue;
      const other = uniqueValue(place, hostileValue, 4);
      const text = documentOf(place, literal(variableFor(place, other), place.arg.type));
      const asLiteral = await changesOf(() => world.graphql(text));
      checkWritten(place, other, asLiteral);
      expect(codesOf(asLiteral.response)).toEqual(codesOf(asVariable.response));
    }
  });

  function checkWritten(inputPath: InputPath, value: unknown, changes: Changes): void {
    const { type, path } = inputPath;
    const { response, added, removed, subjects } = changes;
    const leaf = path.at(-1) ?? '';
    for (const code of codesOf(response))
      expect(code).toMatch(isRestricted(inputPath) ? /^VALIDATION_ERROR$/ : /_NOT_FOUND$/);
    if (isRestricted(inputPath)) expect(response.errors).toHaveLength(1);
    if (response.errors !== undefined || type === 'ID') {
      expect([added, removed]).toEqual([[], []]);
      return;
    }
    const columns = { columnName: ['column_id', 'position'], labels: ['labels'] }[leaf] ?? [leaf];
    const allowed = [...columns, 'search', 'version', 'revision', 'updated_at'];
    for (const { changed } of subjects)
      expect(allowed).toEqual(expect.arrayContaining(changed ?? []));
    const expected = {
      agentName: { name: value },
      columnName: { column_id: ids.column?.[0] },
      labels: { labels: [value] },
      values: { values: expect.objectContaining(value as object) },
    }[leaf] ?? { [leaf]: value };
    const rows = subjects.map(({ row }) => row);
    if (rows.length > 0) expect(rows).toContainEqual(expect.objectContaining(expected));
    const relatedIds = new Set<unknown>([boardId, ...rows.map(({ id }) => id)]);
    for (const { row } of [...added, ...removed])
      expect([row.id, row.board_id, row.item_id].some((id) => relatedIds.has(id))).toBe(true);
  }
});

interface TableRow {
  table: string;
  row: Record<string, unknown>;
}

interface Changes {
  response: GraphQLReply<unknown>;
  /** A changed row is in both lists. */
  added: TableRow[];
  removed: TableRow[];
  /**
   * The added and changed items, boards, columns, contacts, agents and keys, with the changed columns. Without the rows in which only
   * counts or revisions changed.
   */
  subjects: (TableRow & { changed?: string[] })[];
}

const subjectTables = ['item', 'board', 'board_column', 'contact', 'agent', 'api_key'];
const tables = [...subjectTables, 'workspace'];
// Rows of tables, not of subqueries: on Citus those have no names of columns.
const selects = [
  ...tables.map(
    (name) =>
      [
        name,
        `to_jsonb(t) - '{contacts_revision,contacts_etag,last_used_at}'::text[]`,
        `${name} t`,
      ] as const,
  ),
  // The change log only grows: the new rows are enough.
  ['board_change', 'to_jsonb(t)', 'board_change t WHERE t.at >= $1::timestamptz'] as const,
  [
    'item_value',
    "jsonb_build_object('item_id', t.item_id, 'digest', t.digest)",
    `(SELECT item_id, md5(string_agg(v::text, '' ORDER BY v::text)) AS digest FROM item_value v
      GROUP BY item_id) t`,
  ] as const,
].map(
  ([name, row, from]) =>
    `SELECT jsonb_build_object('table', '${name}', 'row', ${row})::text FROM ${from}`,
);

/** All rows as text; of the value index, one digest for each item. */
async function readAllRows(lastChange: string): Promise<Set<string>> {
  const rows = await world.db.$rows({ text: selects.join(' UNION ALL '), values: [lastChange] });
  return new Set(rows.map(([row]) => row ?? ''));
}

/** The rows in one set but not in the other. */
const differenceOf = (texts: Set<string>, excluded: Set<string>): TableRow[] =>
  [...texts].flatMap((text) => (excluded.has(text) ? [] : [JSON.parse(text)]));

/** The changes of a request in all tables. Expects that it deletes no item, board, column or contact. */
async function changesOf(run: () => Promise<GraphQLReply<unknown>>): Promise<Changes> {
  const text = "SELECT coalesce(max(at), 'epoch') FROM board_change";
  const [[lastChange] = []] = await world.db.$rows({ text, values: [] });
  const before = await readAllRows(lastChange ?? 'epoch');
  const response = await run();
  const after = await readAllRows(lastChange ?? 'epoch');
  const [added, removed] = [differenceOf(after, before), differenceOf(before, after)];
  const subjects = added.flatMap(({ table, row }) => {
    if (!subjectTables.includes(table)) return [];
    const old = removed.find((other) => other.table === table && other.row.id === row.id)?.row;
    if (old === undefined) return [{ table, row }];
    const changed = Object.keys(row).filter((name) => !isDeepStrictEqual(row[name], old[name]));
    const isCount = changed.every((name) => ['revision', 'items_count'].includes(name));
    return isCount ? [] : [{ table, row, changed }];
  });
  const isDeletedSubject = ({ table, row }: TableRow) =>
    subjectTables.includes(table) &&
    !added.some((other) => other.table === table && other.row.id === row.id);
  expect(removed.filter(isDeletedSubject)).toEqual([]);
  return { response, added, removed, subjects };
}

/** Valid JSON numbers, beyond the range or precision of a type of JavaScript or PostgreSQL. */
const numbers = [
  '1e400',
  '-1e400',
  '12345678901234567890',
  '1e308',
  '-1.7976931348623157e308',
  '5e-324',
];

it.each(
  inputPathsFor('Int', 'Float', 'Operand', 'ItemValues').filter(isTested),
)('never fails with an internal error for a number at $place', async (place) => {
  for (const number of numbers) {
    const [value] = place.type === 'ItemValues' ? [{ key: 0.125 }] : [0.125];
    const v = variableFor(place, value);
    const asVariable = JSON.stringify({ query: documentOf(place, '$v'), variables: { v } });
    const asLiteral = JSON.stringify({ query: documentOf(place, literal(v, place.arg.type)) });
    for (const body of [asVariable, asLiteral]) {
      const response = await postRaw(world, body.replace('0.125', number));
      expect(response.status).toBeLessThan(500);
      for (const code of codesOf(response)) expect(code).toMatch(/VALIDATION|_NOT_FOUND$/);
    }
  }
});

it('quotes no half of a character in an error, whether it was sent or cut', async () => {
  const path = '/boards/board_abc123/items';
  for (const name of ['a\ud83d', `${'n'.repeat(63)}😀`, `${'n'.repeat(999)}😀`.repeat(2)]) {
    const { status, body } = await world.rest('POST', path, { body: { title: 'x', [name]: 1 } });
    expect(status).toBe(400);
    expect(body.error?.message.isWellFormed()).toBe(true);
    expect(body.error?.details?.[0]?.field.isWellFormed()).toBe(true);
    const query = `mutation ($v: ItemValues) { createItem(input: { boardId: "${name}", title: "x", values: $v }) { item { id } } }`;
    const { errors } = await world.graphql(query, { v: { [name]: 1 } });
    expect(errors?.every(({ message }) => message.isWellFormed())).toBe(true);
  }
});
