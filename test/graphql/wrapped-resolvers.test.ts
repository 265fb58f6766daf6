import SchemaBuilder, {
  BasePlugin,
  type PothosOutputFieldConfig,
  type SchemaTypes,
} from '@pothos/core';
import {
  defaultFieldResolver,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLScalarType,
  type GraphQLSchema,
  responsePathAsArray,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../../src/errors.ts';
import { builder } from '../../src/graphql/schema/builder.ts';
import '../../src/graphql/schema/index.ts';
import { createGateway, fieldOf } from '../support/gateway.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();
const gatewayOf = (schema: GraphQLSchema) => createGateway(world, schema);

type Resolver = GraphQLFieldResolver<unknown, object>;
type Wrap = (resolve: Resolver) => Resolver;

/** A new schema in which a function stands around one resolver, as a schema transform leaves it. */
function transformed(typeName: string, name: string, wrap: Wrap): GraphQLSchema {
  const schema = builder.toSchema();
  const field = fieldOf(schema, typeName, name);
  field.resolve = wrap(field.resolve ?? defaultFieldResolver);
  return schema;
}

let wrapOfPlugin: { typeName: string; name: string; wrap: Wrap } | undefined;

class WrapperPlugin extends BasePlugin<SchemaTypes> {
  override wrapResolve(
    resolve: Resolver,
    { parentType, name }: PothosOutputFieldConfig<SchemaTypes>,
  ) {
    return parentType === wrapOfPlugin?.typeName && name === wrapOfPlugin.name
      ? wrapOfPlugin.wrap(resolve)
      : resolve;
  }
}
SchemaBuilder.registerPlugin('wrapper' as never, WrapperPlugin as never);

/** The same by a Pothos plugin. */
function withPlugin(typeName: string, name: string, wrap: Wrap): GraphQLSchema {
  wrapOfPlugin = { typeName, name, wrap };
  builder.options.plugins?.push('wrapper' as never);
  try {
    return builder.toSchema();
  } finally {
    builder.options.plugins?.pop();
  }
}

const refuse: Wrap = () => () => {
  throw new ApiError('FORBIDDEN', 'Not for you.');
};
const mask: Wrap =
  (resolve) =>
  (...call) =>
    `masked ${String(resolve(...call)).length}`;

const board = '/boards/board_abc123';
const queries = [
  '{ item(id: "item_001") { id title } }',
  '{ item(id: "item_001", boardId: "board_abc123") { title } }',
  '{ items(boardId: "board_abc123", first: 2) { nodes { title } } }',
  '{ items(boardId: "board_abc123", search: "acme", first: 2) { edges { node { heading: title } } } }',
  '{ items(first: 2) { totalCount nodes { ...on Item { ...F } } } } fragment F on Item { title }',
  '{ board(id: "board_abc123") { columns(first: 1) { nodes { items(first: 2) { nodes { title } } } } } }',
  '{ node(id: "item_001") { ... on Item { title } } }',
];
const requests = [
  ['GET', `${board}/items`],
  ['GET', `${board}/items/item_001`],
  ['POST', `${board}/items/search`, { query: 'acme' }],
] as const;

describe.each([
  ['a schema transform', transformed],
  ['a Pothos plugin', withPlugin],
])('a resolver that %s has wrapped', (_, wrapped) => {
  it('refuses an exposed field in items, lists, search results and REST responses', async () => {
    const { graphql, rest } = gatewayOf(wrapped('Item', 'title', refuse));
    for (const query of queries) {
      const { errors } = await graphql(query);
      expect(errors?.[0]?.extensions.code, query).toBe('FORBIDDEN');
    }
    for (const [method, path, body] of requests) {
      const response = await rest(method, path, body && { body });
      expect(response.status, path).toBe(403);
      expect(response.body.error, path).toMatchObject({ code: 'FORBIDDEN' });
    }
    const allowed = await graphql('{ items(boardId: "board_abc123", first: 2) { nodes { id } } }');
    expect(allowed.errors).toBeUndefined();
  });

  it('changes the value of an exposed field', async () => {
    const { graphql, rest } = gatewayOf(wrapped('Item', 'title', mask));
    for (const query of queries) {
      const text = JSON.stringify((await graphql(query)).data);
      expect(text, query).toMatch(/"(title|heading)":"masked \d+"/);
    }
    for (const [method, path, body] of requests) {
      const text = JSON.stringify((await rest(method, path, body && { body })).body);
      expect(text, path).toMatch(/"title":"masked \d+"/);
      expect(text, path).not.toMatch(/"title":"(?!masked)/);
    }
  });

  it('is honoured in a contact that is read with its item', async () => {
    const query = '{ items(boardId: "board_abc123", first: 50) { nodes { contact { phone } } } }';
    const { data } = await gatewayOf(wrapped('Contact', 'phone', mask)).graphql(query);
    expect(JSON.stringify(data)).toMatch(/"phone":"masked \d+"/);
    const refused = await gatewayOf(wrapped('Item', 'contact', refuse)).graphql(query);
    expect(refused.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  });

  it('gets rows, also where it stands around a list or an item', async () => {
    const only: Wrap =
      (resolve) =>
      async (...call) => {
        const rows = (await resolve(...call)) as { title: string }[];
        return rows.filter(({ title }) => title.startsWith('A'));
      };
    const query = '{ items(boardId: "board_abc123", first: 50) { nodes { title } } }';
    const { data } = await gatewayOf(wrapped('ItemConnection', 'nodes', only)).graphql<{
      items: { nodes: { title: string }[] };
    }>(query);
    expect(data.items.nodes.length).toBeGreaterThan(0);
    expect(data.items.nodes.every(({ title }) => title.startsWith('A'))).toBe(true);

    const notThisBoard: Wrap =
      (resolve) =>
      async (...call) => {
        const item = (await resolve(...call)) as { boardId: string };
        if (item.boardId === 'board_abc123') throw new ApiError('FORBIDDEN', 'Not for you.');
        return item;
      };
    const { rest } = gatewayOf(wrapped('Query', 'item', notThisBoard));
    expect((await rest('GET', `${board}/items/item_001`)).status).toBe(403);
  });

  it('gets the whole row after a write that returns only the id', async () => {
    const sources: object[] = [];
    const record: Wrap =
      (resolve) =>
      (...call) => {
        sources.push(call[0] as object);
        return resolve(...call);
      };
    const { graphql } = gatewayOf(wrapped('Item', 'id', record));
    const { errors } = await graphql(
      'mutation { createItem(input: { boardId: "board_abc123", columnName: "Lead", title: "x" }) { item { id } } }',
    );
    expect(errors).toBeUndefined();
    expect(sources).toMatchObject([{ boardId: 'board_abc123', title: 'x' }]);
  });

  it('gets the path of each field', async () => {
    const paths: string[] = [];
    const trace: Wrap =
      (resolve) =>
      (...call) => {
        paths.push(responsePathAsArray(call[3].path).join('.'));
        return resolve(...call);
      };
    await gatewayOf(wrapped('Item', 'title', trace)).graphql(
      '{ items(boardId: "board_abc123", first: 2) { nodes { a: title } } }',
    );
    expect(paths).toEqual(['items.nodes.0.a', 'items.nodes.1.a']);
  });
});

it('honours a scalar whose serializer was replaced', async () => {
  const schema = builder.toSchema();
  (schema.getType('DateTime') as GraphQLScalarType).serialize = () => 'some day';
  const { data } = await gatewayOf(schema).graphql('{ item(id: "item_001") { createdAt } }');
  expect(data).toEqual({ item: { createdAt: 'some day' } });
});

it('honours isTypeOf', async () => {
  const schema = builder.toSchema();
  (schema.getType('Item') as GraphQLObjectType).isTypeOf = () => {
    throw new GraphQLError('Not an item.');
  };
  const { errors } = await gatewayOf(schema).graphql('{ item(id: "item_001") { title } }');
  expect(errors?.[0]?.message).toBe('Not an item.');
});

it('calls the resolver of a field that is not exposed', async () => {
  const schema = builder.toSchema();
  const field = fieldOf(schema, 'Item', 'title');
  field.resolve = () => 'computed';
  field.extensions = { ...field.extensions, pothosOriginalResolve: field.resolve };
  const { data } = await gatewayOf(schema).graphql('{ item(id: "item_001") { title } }');
  expect(data).toEqual({ item: { title: 'computed' } });
});

it('reads items as JSON text where nothing is wrapped', async () => {
  const statementsOf = (schema: GraphQLSchema) =>
    world.statementsOf(() => gatewayOf(schema).rest('GET', `${board}/items`));
  const isText = (statement: string) => statement.includes("WHEN contact.id IS NULL THEN 'null'");
  expect((await statementsOf(builder.toSchema())).some(isText)).toBe(true);
  expect((await statementsOf(transformed('Item', 'title', mask))).some(isText)).toBe(false);
});
