import type { Route } from '../../src/rest/route.ts';

export type Kind = 'board' | 'column' | 'item' | 'contact' | 'agent' | 'webhook' | 'apikey';
export type Ids = Record<Kind, string>;

export const demoIds: Ids = {
  board: 'board_abc123',
  column: 'col_001',
  item: 'item_001',
  contact: 'contact_xyz',
  agent: 'agent_123',
  webhook: 'webhook_demo',
  apikey: 'key_demo',
};

export const isWrite = ({ operation }: Route): boolean => operation.startsWith('mutation');

/** The bodies of endpoints that require one. */
const bodies: Record<string, (ids: Ids) => object> = {
  'POST /boards/:boardId/items': () => ({ title: 'x' }),
  'DELETE /boards/:boardId/items': ({ item }) => ({ item_ids: [item] }),
  'POST /boards/:boardId/items/batch': ({ item }) => ({ operations: [{ op: 'delete', id: item }] }),
  'POST /boards/:boardId/columns/by-name': () => ({ name: 'Lead' }),
  'POST /webhooks': () => ({ url: 'https://example.com/hook' }),
  'POST /keys': () => ({ name: 'x', scope: 'read' }),
  'POST /webhooks/:id/resend': ({ board }) => ({ board_id: board, from_revision: 0 }),
  'POST /contacts': () => ({ name: 'x' }),
  'DELETE /contacts': ({ contact }) => ({ contact_ids: [contact], unlink_items: true }),
  'POST /contacts/batch': () => ({ match_on: 'email', contacts: [{ name: 'x', email: 'x@x.io' }] }),
  'POST /contacts/:id/merge': () => ({ contact_ids: ['contact_003'] }),
};

/** The kind of id that a parameter holds, like `itemId` or `column_ids`; the kind of `id` is in the path. */
export function kindOfParameter(name: string, { path }: Route): Kind {
  const [, collection] = /(\w+)(?:\/:id\b.*)?$/.exec(path) ?? [];
  const isOfPath = name === 'id' || name === 'move_items_to';
  const noun = isOfPath ? collection?.replace(/s$/, '') : name.replace(/_?ids?$/i, '');
  const kind = noun === 'key' ? 'apikey' : noun;
  if (kind === undefined || !Object.hasOwn(demoIds, kind)) throw new Error(`no kind for ${name}`);
  return kind as Kind;
}

/** A valid call of an endpoint: with these ids in its path, and these parameters beside the required ones. */
export function callOf(route: Route, ids: Ids, parameters: Record<string, unknown> = {}) {
  const { method, path } = route;
  const url = path.replace(/:(\w+)/g, (_, name) => ids[kindOfParameter(name, route)]);
  const query = new URLSearchParams(parameters as Record<string, string>);
  if (method === 'GET') return { method, url: `${url}?${query}` };
  if (route.file !== undefined)
    return { method, url, body: 'title\nx\n', headers: { 'content-type': 'text/csv' } };
  return { method, url, body: { ...bodies[`${method} ${path}`]?.(ids), ...parameters } };
}
