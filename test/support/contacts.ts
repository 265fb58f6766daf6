import { mutateOk } from './boards.ts';
import type { World } from './world.ts';

type Api = Pick<World, 'graphql' | 'rest'>;

export interface ContactState {
  id: string;
  name: string;
  phone: string | null;
  email: string | null;
}

/** A row of the log of contacts, as REST returns it. */
export interface ContactLogRow {
  revision: number;
  subject: string;
  id: string;
  action: 'created' | 'updated' | 'merged' | 'deleted';
  by: { id: string; name: string } | null;
  fields: { field: string; before: unknown; after: unknown }[];
}

/** Creates a contact and returns its id. */
export async function createContact(world: Api, fields: object = {}): Promise<string> {
  const call = ['createContact', { name: 'x', ...fields }, 'contact { id }'] as const;
  const { contact } = await mutateOk<{ contact: { id: string } }>(world, ...call);
  return contact.id;
}

/** The log of contacts after a cursor, to its end: its rows, and the cursor to go on with. */
export async function contactLogAfter(
  { rest }: Pick<Api, 'rest'>,
  cursor: string | null,
  limit = 500,
): Promise<{ rows: ContactLogRow[]; cursor: string | null }> {
  const rows: ContactLogRow[] = [];
  for (let after = cursor; ; ) {
    const from: string = after === null ? '' : `&after=${encodeURIComponent(after)}`;
    const { body } = await rest<ContactLogRow[]>('GET', `/contacts/changes?limit=${limit}${from}`);
    const page = body as typeof body & { next_cursor: string | null; has_more: boolean };
    rows.push(...page.data);
    after = page.next_cursor;
    if (!page.has_more) return { rows, cursor: after };
  }
}

/** All contacts of the workspace, by REST. */
export async function allContacts({ rest }: Pick<Api, 'rest'>): Promise<ContactState[]> {
  const { body } = await rest<ContactState[]>('GET', '/contacts?limit=500');
  return body.data.map(({ id, name, phone, email }) => ({ id, name, phone, email }));
}

/**
 * Applies rows of the log to contacts by their ids. Throws where a row does not fit what the rows before it say: so a
 * missing row and a repeated one are both found.
 */
export function replayContacts(
  contacts: Map<string, ContactState>,
  rows: readonly ContactLogRow[],
): Map<string, ContactState> {
  for (const { id, action, fields, revision } of rows) {
    const known: ContactState | undefined = contacts.get(id);
    const place = `${action} ${id} at ${revision}`;
    if ((known === undefined) !== (action === 'created')) throw new Error(`${place}: does not fit`);
    const state: Record<string, unknown> = {
      ...(known ?? { id, name: null, phone: null, email: null }),
    };
    for (const { field, before, after } of fields) {
      if (!(field in state)) continue;
      if (state[field] !== before)
        throw new Error(`${place}: ${field} was ${state[field]}, not ${before}`);
      state[field] = after;
    }
    if (action === 'deleted' || action === 'merged') contacts.delete(id);
    else contacts.set(id, state as unknown as ContactState);
  }
  return contacts;
}
