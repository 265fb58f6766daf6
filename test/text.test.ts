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
import { at, type Place, placesFor } from './places.ts';
import { contents, graphqlRefusal, postRaw } from './refusals.ts';
import { type GraphQLReply, useWorld } from './world.ts';

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
  ChangeConnection: (fields) => inBoard(`changes { ${fields} }`),
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

function variableFor({ arg, field, path }: Place, value: unknown): unknown {
  if (arg.name !== 'input') return at(arg.type, { path }, value);
  const { name } = field;
  const others = beside[`${name} ${path.join(' ')}`] ?? beside[name];
  return at(arg.type, { path, beside: others }, value);
}

/** The arguments that a field must have, or that the text would be nothing without. */
const argumentsBeside: Record<string, string> = {
  'Query.item boardId': ', id: "item_001"',
  'Board.itemGroups search': ', by: { field: COLUMN }',
  'Board.itemGroups first': ', by: { field: COLUMN }',
};

/** A document that puts `value` (a variable's name, or a literal) into the argument of a place. */
function documentOf(place: Place, value: string): string {
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
const isOne = ({ arg, owner }: Place) => arg.name !== 'filter' || owner === 'Query.items';
const places = placesFor('String', 'ID', 'Operand', 'ItemValues').filter(isOne);

/** Both ways to say the same: in a variable, and in the document. */
async function ask(place: Place, value: unknown): Promise<GraphQLReply<unknown>[]> {
  const v = variableFor(place, value);
  return [
    await world.graphql(documentOf(place, '$v'), { v }),
    await world.graphql(documentOf(place, literal(v, place.arg.type))),
  ];
}

describe('a text that no text can hold', () => {
  let before: unknown;
  beforeAll(async () => {
    before = await contents(world);
  });

  it.each(places)('is refused at $place', async (place) => {
    for (const value of unstorable.flatMap((text) => valuesOf(place.type, text))) {
      for (const reply of await ask(place, value)) graphqlRefusal(reply, /VALIDATION/);
    }
  });

  it('was written nowhere', async () => {
    expect(await contents(world)).toEqual(before);
  });
});

/** A color has a shape, and a key to match on stands in the values too, where a document cannot spell every key. */
const isShaped = ({ path }: Place) => ['color', 'matchOn'].includes(path.at(-1) ?? '');

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
  placesFor('Int', 'Float', 'Operand', 'ItemValues').filter(isOne),
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
