import { expect } from 'vitest';
import type { GatewayClient } from './client.ts';

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

interface DocumentedCall {
  name: string;
  method: string;
  path: string;
  body?: object;
  status: number;
  /** The documented part of the response. */
  response: object;
  /** The first row of a list, and the number of rows. */
  first?: object;
  rows?: number;
}

/** The calls of the documentation in its order, with the documented parts of the responses. */
export const documentedCalls: readonly DocumentedCall[] = [
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

/** Sends a documented call to a server with the demo workspace, and expects the documented response. */
export async function expectDocumented(
  { rest }: Pick<GatewayClient, 'rest'>,
  { method, path, body, status, response, first, rows }: DocumentedCall,
): Promise<void> {
  const reply = await rest<unknown>(method, path, body && { body });
  expect(reply.status).toBe(status);
  expect(reply.body).toMatchObject(response);
  if (first === undefined) return;
  expect(reply.body.data).toHaveLength(rows ?? 0);
  expect((reply.body.data as object[])[0]).toMatchObject(first);
}
