import { expect, it } from 'vitest';
import { expectGraphQLError, expectRestError } from '../support/expectations.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();
const search = '/boards/board_abc123/items/search';

/** Filters with one null each, and the path of it. */
const filters: [object, string][] = [
  [{ contactId: { eq: null } }, 'contactId.eq'],
  [{ contactId: { ne: null } }, 'contactId.ne'],
  [{ contactId: { in: null } }, 'contactId.in'],
  [{ columnId: { nin: null } }, 'columnId.nin'],
  [{ createdById: { exists: null } }, 'createdById.exists'],
  [{ columnName: { eq: null } }, 'columnName.eq'],
  [{ title: { contains: null } }, 'title.contains'],
  [{ title: { startsWith: null, eq: 'x' } }, 'title.startsWith'],
  [{ labels: { hasAny: null } }, 'labels.hasAny'],
  [{ createdAt: { gte: null } }, 'createdAt.gte'],
  [{ updatedAt: { gt: null, lt: '2030-01-01' } }, 'updatedAt.gt'],
  [{ values: [{ key: 'source', eq: null }] }, 'values.0.eq'],
  [{ values: [{ key: 'source', exists: true, contains: null }] }, 'values.0.contains'],
  [{ values: [{ key: 'deal_value', in: null }] }, 'values.0.in'],
  [{ values: null }, 'values'],
  [{ contactId: null }, 'contactId'],
  [{ title: null, labels: { hasAll: [] } }, 'title'],
  [{ and: null }, 'and'],
  [{ or: null }, 'or'],
  [{ not: null }, 'not'],
  [{ not: { contactId: { eq: null } } }, 'not.contactId.eq'],
  [{ or: [{ title: { eq: 'x' } }, { contactId: { eq: null } }] }, 'or.1.contactId.eq'],
  [{ and: [{ or: [{ not: { title: { ne: null } } }] }] }, 'and.0.or.0.not.title.ne'],
];

const fields = [
  'items(boardId: "board_abc123", filter: $filter) { totalCount }',
  'items(filter: $filter, first: 1) { nodes { id } }',
  'board(id: "board_abc123") { itemGroups(by: { field: COLUMN }, filter: $filter) { count } }',
  'contact(id: "contact_xyz") { items(filter: $filter) { nodes { id } } }',
];

it.each(filters)('refuses the filter %j', async (filter, path) => {
  for (const field of fields) {
    const document = `query ($filter: ItemFilter) { ${field} }`;
    const reply = await world.graphql(document, { filter });
    const message = expectGraphQLError(reply, 'VALIDATION_ERROR');
    expect(message).toMatch(
      new RegExp(`^filter\\.${path.replaceAll('.', '\\.')} must not be null`),
    );
  }
  const rest = await world.rest('POST', search, { body: { filter } });
  const error = expectRestError(rest, 400, 'VALIDATION_ERROR');
  expect(error.message).toMatch(new RegExp(`^filter\\.${path.replaceAll('.', '\\.')} must not be`));
  expect(error.fields).toEqual([`filter.${path}`]);
});

const total = (reply: { data: Record<string, unknown> }) => reply.data.items;

it('refuses a null in a variable or a literal, and ignores an omitted variable', async () => {
  const types = { c: 'ID', text: 'String', gte: 'Operand' };
  const document = (filter: string) => {
    const used = Object.entries(types).filter(([name]) => filter.includes(`$${name}`));
    const variables = used.map(([name, type]) => `$${name}: ${type}`).join(', ');
    return `query ${variables && `(${variables})`} { items(boardId: "board_abc123", filter: ${filter}) { totalCount } }`;
  };
  const forms = [
    '{ contactId: { eq: $c } }',
    '{ or: [{ contactId: { eq: $c } }, { title: { contains: $text } }] }',
    '{ not: { contactId: { eq: $c } }, values: [{ key: "deal_value", gte: $gte }] }',
  ];
  for (const form of forms) {
    const nulls = await world.graphql(document(form), { c: null, text: null, gte: null });
    expectGraphQLError(nulls, 'VALIDATION_ERROR');
    expect((await world.graphql(document(form), {})).errors).toBeUndefined();
  }
  expectGraphQLError(
    await world.graphql(document('{ contactId: { eq: null } }')),
    'VALIDATION_ERROR',
  );
  const all = { totalCount: 127 };
  expect(total(await world.graphql(document('{ contactId: { eq: $c } }')))).toEqual(all);
});

it.each([
  { createdAt: { gt: null } },
  { updatedAt: { gte: '2025-01-01', lte: null } },
  { updatedAt: null },
])('refuses the filter %j of contacts', async (filter) => {
  const document = 'query ($filter: ContactFilter) { contacts(filter: $filter) { totalCount } }';
  const reply = await world.graphql(document, { filter });
  expect(expectGraphQLError(reply, 'VALIDATION_ERROR')).toContain('must not be null');
  expect((await world.graphql(document, { filter: null })).errors).toBeUndefined();
});

it('takes a null for the whole filter as no filter', async () => {
  const document =
    'query ($filter: ItemFilter, $search: String) { items(boardId: "board_abc123", filter: $filter, search: $search) { totalCount } }';
  const nulls = await world.graphql(document, { filter: null, search: null });
  expect(total(nulls)).toEqual({ totalCount: 127 });
  const { body } = await world.rest('POST', search, { body: { filter: null } });
  expect(body.total).toBe(127);
});

it.each<[object, string]>([
  [{ source: null }, 'value_filters.source'],
  [{ source: { eq: null } }, 'value_filters.source.eq'],
  [{ source: { ne: null } }, 'value_filters.source.ne'],
  [{ source: { in: [null] } }, 'value_filters.source.in'],
  [{ source: { nin: ['x', null] } }, 'value_filters.source.nin'],
  [{ source: { in: null } }, 'value_filters.source.in'],
  [{ source: { contains: null } }, 'value_filters.source.contains'],
  [{ source: { starts_with: null } }, 'value_filters.source.starts_with'],
  [{ source: { exists: null } }, 'value_filters.source.exists'],
  [{ source: { gt: null, lt: 'z' } }, 'value_filters.source.gt'],
])('refuses the value filter %j', async (value_filters, field) => {
  const reply = await world.rest('POST', search, { body: { value_filters } });
  expect(expectRestError(reply, 400, 'VALIDATION_ERROR').fields).toEqual([field]);
});
