import {
  type ExecutionArgs,
  execute,
  type GraphQLFieldResolver,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  parse,
} from 'graphql';
import { expect, it } from 'vitest';
import { createPlanExecutor } from '../../src/graphql/execution/execute.ts';
import { exampleCall, mutationNames } from '../support/mutations.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();

const timeless = (json: string): string =>
  json
    .replace(/(item|board|col|contact|webhook)_\w{26}/g, '$1')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'now');

/** Runs a mutation twice without saving: by a plan, and, with a second root field, by graphql-js. */
async function bothAnswers(name: string, input: object, selection: string) {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
  const ask = async (more: string) => {
    const text = `mutation ($input: ${type}!) { made: ${name}(input: $input, validateOnly: true) { ${selection} } ${more} }`;
    const { data, errors } = await world.graphql<Record<string, unknown> | null>(text, { input });
    const { typename: _, ...rest } = data ?? {};
    return timeless(JSON.stringify({ data: data && rest, errors }));
  };
  return { planned: await ask(''), expected: await ask('typename: __typename') };
}

it.each(mutationNames)('returns the same JSON for %s by a plan as graphql-js', async (name) => {
  const [, input, selection] = await exampleCall(world, name);
  const { planned, expected } = await bothAnswers(name, input, selection);
  expect(planned).toBe(expected);
  expect(planned).not.toContain('errors');
});

it.each([
  ['createItem', { boardId: 'board_abc123', title: '' }, 'item { id }'],
  ['createItem', { boardId: 'nobody', title: 'x' }, 'item { id }'],
  ['createItem', { boardId: 'board_abc123' }, 'item { id }'],
  ['updateItem', { id: 'item_001', title: 'x', expectedVersion: 99 }, 'item { id title }'],
  ['moveItem', { id: 'item_001' }, 'item { id }'],
  ['createItems', { boardId: 'board_abc123', items: [{ title: '' }] }, 'createdCount'],
])('reports the errors of %s with %j as graphql-js does', async (name, input, selection) => {
  const { planned, expected } = await bothAnswers(name, input, selection);
  expect(planned).toBe(expected);
  expect(planned).toContain('errors');
});

/** A schema with one mutation, and the calls of its resolver. */
function countingSchema(write: () => unknown) {
  const calls: object[] = [];
  const planned = (resolve: GraphQLFieldResolver<unknown, unknown>) => ({
    resolve,
    extensions: { pothosOriginalResolve: resolve },
  });
  const Row = new GraphQLObjectType({
    name: 'Row',
    fields: {
      name: { type: new GraphQLNonNull(GraphQLString) },
      late: {
        type: new GraphQLNonNull(GraphQLString),
        ...planned(() => Promise.reject(new Error('is gone'))),
      },
    },
  });
  const mutation = new GraphQLObjectType({
    name: 'Mutation',
    fields: {
      write: {
        type: new GraphQLList(Row),
        args: { name: { type: GraphQLString } },
        ...planned((_source: unknown, args: object) => {
          calls.push(args);
          return write();
        }),
      },
    },
  });
  const query = new GraphQLObjectType({ name: 'Query', fields: { a: { type: GraphQLString } } });
  return { schema: new GraphQLSchema({ query, mutation, types: [Row] }), calls };
}

it.each([
  ['a field of the result fails', '{ name late }', () => [{ name: 'a' }, { name: 'b' }]],
  ['the result does not fit its type', '{ name }', () => [{ name: null }]],
  ['it fails', '{ name }', () => Promise.reject(new Error('no'))],
  [
    'it throws',
    '{ name }',
    () => {
      throw new Error('no');
    },
  ],
  ['its directive has no condition', '{ name @include(if: $if) }', () => []],
])('writes once, and reports what graphql-js does, where %s', async (_, selection, write) => {
  const { schema, calls } = countingSchema(write);
  const text = `mutation ($if: Boolean = true) { a: write(name: "x") ${selection} }`;
  const args: ExecutionArgs = {
    schema,
    document: parse(text),
    variableValues: { if: null },
    contextValue: {},
  };
  const expected = await execute(args);
  calls.length = 0;
  const answer = await createPlanExecutor(execute)(args);
  expect(JSON.stringify(answer)).toBe(JSON.stringify(expected));
  expect(calls).toEqual([{ name: 'x' }]);
});
