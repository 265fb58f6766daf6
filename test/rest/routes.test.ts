import { expect, it } from 'vitest';
import { schema } from '../../src/graphql/schema/index.ts';
import { createEndpoint } from '../../src/rest/endpoint.ts';
import type { Route } from '../../src/rest/route.ts';

const route: Route = { method: 'GET', path: '/boards/:id', envelope: 'object', operation: '' };

it('refuses to start with an operation that is not valid in the schema', () => {
  const operation = 'query ($id: ID!) { data: board(id: $id) { nme } }';
  expect(() => createEndpoint({ ...route, operation }, schema)).toThrow(
    'GET /boards/:id does not fit the schema: Cannot query field "nme"',
  );
});

it('ignores the response fields of a written item in its body, except the parameters', () => {
  const operation = `mutation ($id: ID!, $title: String) {
    data: updateItem(input: { id: $id, title: $title }) { item { id title created_at: createdAt contact { name } } }
  }`;
  const { parameters, readOnlyFields } = createEndpoint(
    { ...route, method: 'PUT', pick: 'item', operation },
    schema,
  );
  expect([...parameters]).toEqual(['title']);
  expect([...readOnlyFields]).toEqual(['id', 'created_at', 'contact']);
});
