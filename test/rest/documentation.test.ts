import { expect, it } from 'vitest';
import { documentedCalls, expectDocumented } from '../support/documented-calls.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();

it.each(documentedCalls)('responds as documented: $name', (call) => expectDocumented(world, call));

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
