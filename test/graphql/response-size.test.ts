import { expect, it } from 'vitest';
import { useWorld } from '../support/world.ts';

const world = useWorld();

const many = (count: number, part: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => part(n)).join(' ');

const page = 'id title values contact { name } createdBy { name }';

it.each([
  [
    'one page',
    `{ items(first: 500) { ${many(400, (n) => `a${n}: nodes { ...Page }`)} } } fragment Page on Item { ${page} }`,
  ],
  [
    'long aliases of one page',
    `{ items(first: 500) { ${many(160, (n) => `a${n}: nodes { ${'a'.repeat(200)}: id ${'b'.repeat(200)}: id }`)} } }`,
  ],
  [
    'fields of changes, which are an interface',
    `{ changes(first: 500) { ${many(30, (n) => `a${n}: nodes { subjectId ... on BoardChange { ${many(10, (f) => `f${f}: fields { field after }`)} } }`)} } }`,
  ],
  [
    'introspection',
    `{ ${many(190, (n) => `a${n}: __schema { types { fields { ...Name } } }`)} } fragment Name on __Field { ${'a'.repeat(200)}: description }`,
  ],
])('refuses a response that repeats %s more often than it can be sent', async (_, document) => {
  const { data, errors } = await world.graphql(document);
  expect(data).toBeNull();
  expect(errors).toMatchObject([
    {
      message: expect.stringMatching(/^The response would have/),
      extensions: { code: 'QUERY_TOO_LARGE' },
    },
  ]);
});

it('refuses a document that uses a long variable often', async () => {
  const document = `query ($search: String!) { ${many(190, (n) => `a${n}: board(id: "board_abc123") { ...Found }`)} }
    fragment Found on Board { items(filter: { title: { eq: $search } }) { totalCount } }`;
  const { errors } = await world.graphql(document, { search: 'x'.repeat(20_000) });
  expect(errors).toMatchObject([
    {
      message: expect.stringMatching(/^The document uses variables again/),
      extensions: { code: 'QUERY_TOO_LARGE' },
    },
  ]);
});

it('refuses long aliases, which errors and rows repeat', async () => {
  const { errors } = await world.graphql(`{ ${'a'.repeat(201)}: __typename }`);
  expect(errors).toMatchObject([
    { message: 'The document has 201 characters in an alias; the limit is 200.' },
  ]);
});

it('shortens what errors quote of a request', async () => {
  const fields = many(20, (n) => `a${n}: board(id: "board_abc123") { ...Failing }`);
  const document = `query ($value: Operand!) { ${fields} }
    fragment Failing on Board { items(filter: { values: [{ key: "n", gte: $value }] }) { totalCount } }`;
  const { errors } = await world.graphql(document, { value: '9'.repeat(25_000) });
  expect(errors).toHaveLength(20);
  expect(errors?.[0]?.message).toMatch(/^values\.n cannot be compared with '9+/);
  expect(JSON.stringify(errors).length).toBeLessThan(100_000);

  const { body } = await world.rest('POST', '/boards/board_abc123/items/search', {
    body: { value_filters: { n: { gte: '9'.repeat(100_000) } } },
  });
  expect(body.error).toMatchObject({
    code: 'VALIDATION_ERROR',
    details: [{ field: 'value_filters.n' }],
  });
  expect(JSON.stringify(body).length).toBeLessThan(5000);
});
