import { expect, it } from 'vitest';
import { useWorld } from '../support/world.ts';

const world = useWorld();

const john = { contact_name: 'John Smith', email: 'john@acme.example', deal_value: '50000' };
const item001 = {
  id: 'item_001',
  board_id: 'board_abc123',
  column_id: 'col_001',
  title: 'Acme Corp - Enterprise Deal',
  position: 0,
  values: { ...john, probability: '75', expected_close: '2025-04-15' },
  contact: { id: 'contact_xyz', name: 'John Smith', phone: '+62812345678' },
  created_at: '2025-03-20T10:00:00Z',
  updated_at: '2025-03-27T14:30:00Z',
};
const xyz = {
  title: 'New Lead - XYZ Company',
  values: {
    contact_name: 'Jane Doe',
    email: 'jane@xyz.example',
    deal_value: '25000',
    source: 'Website',
  },
  labels: ['hot-lead', 'enterprise'],
};

/** Values that differ in each run. */
const anyId = expect.stringMatching(/^item_\w+$/);
const anyTime = expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{3})?Z$/);

/** The calls of the documentation in its order, with the documented parts of the responses. */
const calls = [
  {
    name: 'list all items of a board',
    method: 'GET',
    path: '/boards/board_abc123/items',
    status: 200,
    response: { success: true, pagination: { total: 127, limit: 50, offset: 0 } },
    first: item001,
    rows: 50,
  },
  {
    name: 'filter by column',
    method: 'GET',
    path: '/boards/board_abc123/items?column_id=col_001',
    status: 200,
    response: { success: true, pagination: { total: 42, limit: 50, offset: 0 } },
    first: item001,
    rows: 42,
  },
  {
    name: 'get an item',
    method: 'GET',
    path: '/boards/board_abc123/items/item_001',
    status: 200,
    response: {
      success: true,
      data: {
        ...item001,
        contact: { ...item001.contact, email: 'john@acme.example' },
        conversation_ids: ['conv_001', 'conv_002'],
        labels: ['enterprise', 'hot-lead'],
        created_by: { id: 'agent_123', name: 'Sales Team' },
      },
    },
  },
  {
    name: 'search items',
    method: 'POST',
    path: '/boards/board_abc123/items/search',
    body: {
      query: 'acme',
      value_filters: { deal_value: { gte: '10000' }, probability: { gte: '50' } },
      sort_by: 'created_at',
      sort_order: 'desc',
    },
    status: 200,
    response: { success: true, total: 3, limit: 50, offset: 0 },
    first: {
      id: 'item_001',
      title: 'Acme Corp - Enterprise Deal',
      values: { deal_value: '50000', probability: '75' },
    },
    rows: 3,
  },
  {
    name: 'create an item',
    method: 'POST',
    path: '/boards/board_abc123/items',
    body: { ...xyz, column_name: 'Lead' },
    status: 201,
    response: {
      success: true,
      data: {
        id: anyId,
        board_id: 'board_abc123',
        column_id: 'col_001',
        position: 42,
        ...xyz,
        created_at: anyTime,
      },
    },
  },
  {
    name: 'update an item and move it to another stage',
    method: 'PUT',
    path: '/boards/board_abc123/items/item_001',
    body: {
      title: 'Acme Corp - Negotiation Phase',
      column_name: 'Negotiation',
      values: { probability: '90' },
    },
    status: 200,
    response: {
      success: true,
      data: {
        id: 'item_001',
        column_id: 'col_004',
        title: 'Acme Corp - Negotiation Phase',
        values: { deal_value: '50000', probability: '90' },
        updated_at: anyTime,
      },
    },
  },
  {
    name: 'delete items',
    method: 'DELETE',
    path: '/boards/board_abc123/items',
    body: { item_ids: ['item_001', 'item_002'] },
    status: 200,
    response: { success: true, data: { deleted: 2, item_ids: ['item_001', 'item_002'] } },
  },
];

it.each(calls)('responds as documented: $name', async (call) => {
  const response = await world.rest<unknown>(call.method, call.path, { body: call.body });
  expect(response.status).toBe(call.status);
  expect(response.body).toMatchObject(call.response);
  if (call.first === undefined) return;
  const rows = response.body.data as object[];
  expect(rows[0]).toMatchObject(call.first);
  expect(rows).toHaveLength(call.rows);
});

it('puts no pagination object into the response of a search', async () => {
  const { body } = await world.rest('POST', '/boards/board_abc123/items/search', { body: {} });
  expect(body).toMatchObject({ success: true, total: 126, limit: 50, offset: 0 });
  expect(body).not.toHaveProperty('pagination');
});

it('runs the documented JavaScript: create, then move by column name', async () => {
  const created = await world.rest<{ id: string }>('POST', '/boards/board_abc123/items', {
    body: { title: 'New Lead', column_name: 'Lead', values: { deal_value: '25000' } },
  });
  const moved = await world.rest('PUT', `/boards/board_abc123/items/${created.body.data.id}`, {
    body: { column_name: 'Qualified' },
  });
  expect(moved.body.data).toMatchObject({
    id: created.body.data.id,
    column_id: 'col_002',
    position: 35,
    values: { deal_value: '25000' },
  });
});

it('lists the boards with their counts', async () => {
  const { body } = await world.rest<object[]>('GET', '/boards');
  expect(body.pagination).toEqual({ total: 8, limit: 50, offset: 0 });
  expect(body.data).toHaveLength(8);
  expect(body.data[1]).toMatchObject({
    id: 'board_def456',
    name: 'Support Queue',
    description: 'Customer support ticket queue',
    columns_count: 4,
    items_count: 45,
  });
});

it('returns a board with its columns and settings', async () => {
  const { body } = await world.rest('GET', '/boards/board_abc123');
  expect(Object.keys(body.data).sort()).toEqual([
    'columns',
    'created_at',
    'description',
    'id',
    'name',
    'settings',
    'updated_at',
  ]);
  expect(body.data).toMatchObject({
    id: 'board_abc123',
    name: 'Sales Pipeline',
    description: 'Main sales pipeline for B2B leads',
    settings: { allow_delete: true, allow_reorder: true, color: '#2F6FD6' },
    columns: [
      { id: 'col_001', name: 'Lead', position: 0 },
      { id: 'col_002', name: 'Qualified', position: 1, items_count: 36 },
      { id: 'col_003', name: 'Proposal', position: 2, items_count: 28 },
      { id: 'col_004', name: 'Negotiation', position: 3, items_count: 15 },
      { id: 'col_005', name: 'Closed Won', position: 4, items_count: 7 },
    ],
  });
});

it('returns a column by id, and by name without regard to case', async () => {
  const byId = await world.rest('GET', '/boards/board_abc123/columns/col_005');
  expect(Object.keys(byId.body.data).sort()).toEqual([
    'board_id',
    'color',
    'created_at',
    'id',
    'items_count',
    'name',
    'position',
    'settings',
    'updated_at',
  ]);
  expect(byId.body.data.settings).toEqual({ wip_limit: null, auto_archive_days: 90 });
  const byName = await world.rest('POST', '/boards/board_abc123/columns/by-name', {
    body: { name: ' closed WON ' },
  });
  expect(Object.keys(byName.body.data).sort()).toEqual([
    'board_id',
    'color',
    'id',
    'items_count',
    'name',
    'position',
  ]);
  expect(byName.body.data).toMatchObject({ id: 'col_005', items_count: 7 });
});
