import fc, { type Arbitrary } from 'fast-check';
import {
  execute,
  type GraphQLField,
  type GraphQLObjectType,
  getNamedType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
  parse,
  validate,
} from 'graphql';
import { expect, it } from 'vitest';
import { createPlanExecutor } from '../../src/graphql/execution/execute.ts';
import { schema } from '../../src/graphql/schema/index.ts';
import { InFlight, type Reservation } from '../../src/limits/in-flight.ts';
import { QueryCost } from '../../src/limits/query-cost.ts';
import { defaultLimits } from '../../src/limits/settings.ts';
import { Loaders } from '../../src/request/loaders.ts';
import { createSharedLoaders } from '../../src/request/shared-loaders.ts';
import { directly } from '../support/direct-writes.ts';
import { runs, seed } from '../support/property-settings.ts';
import { useWorld } from '../support/world.ts';

// Runs queries generated from the schema by plans and by graphql-js alone. The responses must be equal, byte by byte except
// for the order of errors, and for the whitespace and the order of keys in an item's values, which PostgreSQL formats.

const world = useWorld();

/** Arguments by name, some of them invalid. */
const words: Record<string, readonly string[]> = {
  id: ['"item_001"', '"board_abc123"', '"col_001"', '"nobody"', '$id'],
  ids: ['["item_001", "board_def456", "nobody"]'],
  boardId: ['"board_abc123"', '"board_def456"', '"nobody"', '$board'],
  columnId: ['"col_001"', '"nobody"', 'null'],
  name: ['"Lead"', '"nobody"'],
  first: ['1', '3', '60', '$first', '0'],
  last: ['2'],
  offset: ['0', '4', '$none'],
  after: ['"x"', 'null'],
  search: ['"acme"', '""', '$text'],
  filter: ['{ title: { contains: "a" } }', '{ columnId: { eq: $board } }', '{ and: [] }'],
  orderBy: ['{ field: TITLE }', '[{ value: { key: "deal_value", as: NUMBER } }]', '[]'],
  by: ['{ field: COLUMN }'],
  limit: ['1', '50', '0'],
  key: ['"deal_value"'],
};
const definitions = [
  '$id: ID! = "item_002"',
  '$board: ID',
  '$first: Int = 2',
  '$none: Int',
  '$text: String',
  '$yes: Boolean!',
  '$maybe: Boolean = false',
];
const variables = fc.record(
  {
    id: fc.constantFrom('item_003', 'board_abc123', 'nobody'),
    board: fc.constantFrom('board_abc123', 'nobody', null),
    first: fc.constantFrom(1, 4, null, 'x'),
    yes: fc.boolean(),
    maybe: fc.constantFrom(true, false, null),
  },
  { requiredKeys: ['yes'] },
);

const directive = fc.constantFrom(
  '',
  '',
  '',
  '@include(if: $yes)',
  '@skip(if: $yes)',
  '@skip(if: true)',
  '@include(if: $maybe)',
);
const alias = fc.constantFrom('', '', 'a: ', 'b: ', '__proto__: ');

const argumentsOf = (field: GraphQLField<unknown, unknown>): Arbitrary<string> =>
  fc
    .tuple(
      ...field.args.map((arg) => {
        const value = fc
          .constantFrom(...(words[arg.name] ?? ['null']))
          .map((word) => `${arg.name}: ${word}`);
        return isRequiredArgument(arg) ? value : fc.option(value, { nil: '', freq: 1 });
      }),
    )
    .map((given) => given.filter(Boolean).join(', '))
    .map((given) => given && `(${given})`);

function fieldOf(field: GraphQLField<unknown, unknown>, depth: number): Arbitrary<string> {
  const type = getNamedType(field.type);
  const below = isLeafType(type)
    ? fc.constant('')
    : selectionOf(isObjectType(type) ? type : schema.getType('Item'), depth - 1);
  return fc
    .tuple(alias, argumentsOf(field), directive, below)
    .map(([name, given, when, inner]) => `${name}${field.name}${given} ${when} ${inner}`);
}

function selectionOf(type: unknown, depth: number): Arbitrary<string> {
  const object = type as GraphQLObjectType;
  const fields = Object.values(object.getFields()).filter(
    (field) => depth > 0 || isLeafType(getNamedType(field.type)),
  );
  if (fields.length === 0) return fc.constant('{ __typename }');
  const field = fc.constantFrom(...fields).chain((one) => fieldOf(one, depth));
  const spread = fc
    .tuple(fc.constantFrom(object.name, ''), directive, field)
    .map(([name, when, inner]) => `... ${name && `on ${name}`} ${when} { ${inner} }`);
  return fc
    .array(fc.oneof({ weight: 8, arbitrary: field }, spread, fc.constant('__typename')), {
      minLength: 1,
      maxLength: depth > 2 ? 2 : 4,
    })
    .map((parts) => `{ ${parts.join(' ')} }`);
}

const query = selectionOf(schema.getQueryType(), 4).map((text) => {
  const used = definitions.filter((one) => text.includes(one.slice(0, one.indexOf(':'))));
  return `query ${used.length === 0 ? '' : `(${used.join(', ')})`} ${text}`;
});

function context() {
  const { db } = world;
  const workspaceId = 'workspace_demo';
  const run = <Result>(read: () => Promise<Result>) => read();
  const reads = Object.assign(Object.create(db) as typeof db, {
    primary: db,
    large: db,
    list: run,
    run,
  });
  const shared = createSharedLoaders(db);
  return {
    caller: { workspaceId, agentId: 'agent_123', scopes: ['read'] },
    db,
    reads,
    shared,
    loaders: new Loaders({ db, reads, workspaceId, shared }),
    cost: new QueryCost(
      new InFlight(defaultLimits.inFlight).acquire({ workspaceId, keyId: 'key' }, 0) as Reservation,
      defaultLimits,
    ),
  };
}

/**
 * The text in the format of JSON.stringify: objects keep the order of their keys, except for numbers. Errors are in the order of
 * their paths: which one is reported first depends on what the loaders have already read.
 */
function rewritten(text: string): string {
  const response = JSON.parse(text) as { errors?: { path?: unknown }[] };
  const placeOf = (error: { path?: unknown }) => JSON.stringify(error.path ?? []);
  response.errors?.sort(
    (a, b) => Number(placeOf(a) > placeOf(b)) - Number(placeOf(a) < placeOf(b)),
  );
  return JSON.stringify(response);
}

/** The response of a plan and that of graphql-js, as JSON. */
async function bothResponses(text: string, variableValues: Record<string, unknown> = {}) {
  const args = { schema, document: parse(text), variableValues };
  const expected = JSON.stringify(await execute({ ...args, contextValue: context() }));
  const result = await createPlanExecutor(execute)({ ...args, contextValue: context() });
  return {
    expected: rewritten(expected),
    answer: rewritten((result.stringify ?? JSON.stringify)(result)),
  };
}

const oddText = 'a "b" \\ \t\n\u0001\u001f\u007f\u2028 ": , "é😀</script>\\u0041';
const oddValues = {
  b: 1,
  a: { 10: 'x', 2: ['y, "z": ', ': ', 1.5, 1e21, -0, 1e-7, true, null, {}] },
  ['__proto__']: oddText,
  [oddText]: '',
  7: [],
};

it('returns the same JSON as graphql-js for values that PostgreSQL formats differently', async () => {
  const where = { workspaceId: 'workspace_demo', boardId: 'board_def456' };
  const { columnId } = await world.db.item.findFirstOrThrow({ where });
  const contact = { workspaceId: 'workspace_demo', id: 'contact_odd', name: oddText };
  await world.db.contact.create({ data: contact });
  const odd = { ...where, columnId, createdById: 'agent_123', title: oddText, values: oddValues };
  const instants = ['2024-02-29T23:59:59.999Z', '2025-01-01T00:00:00.120Z', '1969-12-31T00:00:00Z'];
  for (const [n, createdAt] of instants.entries()) {
    const labels = n === 0 ? [] : [oddText, 'null', ''];
    const own = {
      id: `item_odd_${n}`,
      position: 9000 + n,
      labels,
      contactId: n ? 'contact_odd' : null,
    };
    const data = { ...odd, ...own, createdAt, updatedAt: createdAt };
    await directly(world, (tx) => tx.item.create({ data }));
  }
  const item = `{ __typename id boardId columnId title position values again: values labels conversationIds version
    createdAt updatedAt contact { __typename id name phone email createdAt updatedAt } who: createdBy { id name } }`;
  for (const text of [
    `{ items(boardId: "board_def456", first: 500) { nodes ${item} pageInfo { endCursor } } }`,
    `{ items(filter: { title: { contains: "script" } }) { edges { cursor node ${item} } totalCount } }`,
    `{ board(id: "board_def456") { columns { nodes { items(first: 2) { nodes ${item} } } } } }`,
    `{ a: item(id: "item_odd_1") ${item} b: item(id: "item_odd_0") { id } c: item(id: "nobody") ${item} }`,
    `{ item(id: "item_odd_2", boardId: "board_abc123") ${item} }`,
  ]) {
    const { answer, expected } = await bothResponses(text);
    expect(expected).not.toContain('errors');
    expect(answer).toBe(expected);
  }
});

it.each([
  'query ($if: Boolean = true) { boards { nodes { id @skip(if: $if) } } }',
  'query ($if: Boolean = true) { board(id: "board_abc123") { id @include(if: $if) name } }',
  'query ($if: Boolean = true) { a: __typename ...on Query @include(if: $if) { b: __typename } }',
  '{ a: __typename b: __typename @skip(if: null) }',
  '{ item(id: "item_001") { id ...on Item @include(if: null) { title } } }',
  '{ item(id: "item_001") { id title @skip } }',
])('reports a directive without a condition as graphql-js does: %s', async (text) => {
  const { answer, expected } = await bothResponses(text, { if: null });
  expect(expected).toContain('errors');
  expect(answer).toBe(expected);
});

it('returns the same JSON as graphql-js, byte by byte', {
  timeout: 60_000 + runs * 30,
}, async () => {
  const planned = createPlanExecutor(execute);
  let [valid, byPlans] = [0, 0];
  await fc.assert(
    fc.asyncProperty(query, variables, async (text, variableValues) => {
      const document = parse(text);
      if (validate(schema, document).length > 0) return;
      valid++;
      const args = { schema, document, variableValues };
      const expected = JSON.stringify(await execute({ ...args, contextValue: context() }));
      const result = await planned({ ...args, contextValue: context() });
      const { stringify = JSON.stringify } = result;
      if (result.stringify !== undefined) byPlans++;
      expect(rewritten(stringify(result))).toBe(rewritten(expected));
    }),
    { numRuns: Math.ceil(runs * 0.3), seed },
  );
  expect(byPlans).toBeGreaterThan(valid / 2);
});
