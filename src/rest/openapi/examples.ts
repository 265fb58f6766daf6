import type { JsonObject } from '../../http/json-object.ts';

const item = {
  title: 'Acme Corp - Enterprise Deal',
  values: {
    contact_name: 'John Smith',
    email: 'john@acme.example',
    deal_value: '50000',
    probability: '75',
  },
  labels: ['hot-lead', 'enterprise'],
};

/** Values of the demo workspace, by the type and the field of the GraphQL schema. */
const fields: Readonly<Record<string, unknown>> = {
  'Agent.id': 'agent_123',
  'Agent.name': 'Sales Team',
  'Board.id': 'board_abc123',
  'Board.name': 'Sales Pipeline',
  'Board.description': 'Main sales pipeline for B2B leads',
  'BoardSettings.color': '#2F6FD6',
  'Column.id': 'col_001',
  'Column.boardId': 'board_abc123',
  'Column.name': 'Lead',
  'Contact.id': 'contact_xyz',
  'Contact.name': 'John Smith',
  'Contact.email': 'john@acme.example',
  'Contact.phone': '+62812345678',
  'Item.id': 'item_001',
  'Item.boardId': 'board_abc123',
  'Item.columnId': 'col_001',
  'Item.title': item.title,
  'Item.values': item.values,
  'Item.labels': item.labels,
};

/** The example of a field; undefined where there is none. */
export const exampleOf = (type: string, field: string): unknown => fields[`${type}.${field}`];

/** Path parameters, by the collection before them in the path. */
const ids: Readonly<Record<string, string>> = {
  boards: 'board_abc123',
  columns: 'col_001',
  items: 'item_001',
  contacts: 'contact_xyz',
};

/** The example of a path parameter; undefined where the demo workspace has none. */
export function examplePathParameter(path: string, name: string): string | undefined {
  const segments = path.split('/');
  return ids[segments[segments.indexOf(`:${name}`) - 1] ?? ''];
}

/** Bodies that the demo workspace accepts, by the name of the operation. */
export const exampleBodies: Readonly<Record<string, JsonObject>> = {
  searchItems: {
    query: 'acme',
    value_filters: { deal_value: { gte: '10000' }, probability: { gte: '50' } },
    sort_by: 'created_at',
    sort_order: 'desc',
    limit: 20,
  },
  createItem: {
    title: 'New Lead - XYZ Company',
    column_name: 'Lead',
    values: { contact_name: 'Jane Doe', deal_value: '25000', source: 'Website' },
    labels: ['hot-lead'],
  },
  updateItem: { column_name: 'Negotiation', values: { probability: '80' } },
  deleteItem: {},
  deleteItems: { item_ids: ['item_004', 'item_005'] },
  writeItems: {
    operations: [
      { op: 'create', title: 'New Lead', column_name: 'Lead' },
      { op: 'update', id: 'item_001', column_name: 'Proposal' },
      { op: 'delete', id: 'item_006' },
    ],
  },
  findColumn: { name: 'Closed Won' },
  searchContacts: { query: 'john' },
  createContact: { name: 'Jane Doe', email: 'jane@doe.example', phone: '+1 555 0100' },
  updateContact: { phone: '+62 812 3456 78' },
  deleteContacts: { contact_ids: ['contact_004'], unlink_items: true },
  mergeContacts: { contact_ids: ['contact_003'] },
  upsertContacts: {
    match_on: 'email',
    contacts: [{ name: 'John Smith', email: 'john@acme.example' }],
  },
  createWebhook: {
    url: 'https://example.com/hook',
    board_ids: ['board_abc123'],
    events: ['item_created', 'item_updated'],
  },
  updateWebhook: { description: 'Sync with the warehouse' },
  createApiKey: { name: 'Website', scope: 'read' },
  resendWebhook: { board_id: 'board_abc123', from_revision: 1 },
};

/** Files that the demo workspace accepts, by their media type. */
export const exampleFiles: Readonly<Record<string, string>> = {
  'text/csv': 'Deal,Stage,Deal value,E-Mail\nAcme Corp - Renewal,Lead,12500,john@acme.example\n',
  'application/x-ndjson': `${JSON.stringify({ title: 'Acme Corp - Renewal', column_name: 'Lead' })}\n`,
};
