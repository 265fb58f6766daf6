import { importKey } from '../../transfer/import-key.ts';
import type { GatewayClient } from './gateway-client.ts';
import type { Source, SourceContact } from './source.ts';

/** Contacts of one request. */
const batchSize = 500;
/** Contacts without an address to find them by, of one document. */
const documentSize = 20;

const inChunks = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, n) =>
    items.slice(n * size, (n + 1) * size),
  );

/** Only what is set: null would remove what a contact that is found has. */
const fieldsOf = ({ name, phone, email }: SourceContact) => ({
  name,
  ...(phone != null && phone !== '' && { phone }),
  ...(email != null && email !== '' && { email }),
});

const addressOf = ({ email }: SourceContact): string => email?.trim().toLowerCase() ?? '';

export interface CopyContactsOptions {
  client: GatewayClient;
  /** Identifies the import, for idempotency keys. */
  key: string;
  /** The ids of contacts that an earlier run has written. */
  copied: { has(id: string): boolean };
  /** Called with pairs of ids, of the source and of the gateway, when they are written. */
  onCopied: (pairs: [string, string][]) => void;
  print: (text: string) => void;
}

/**
 * Writes the contacts of a source, so that each of them is one: those with an e-mail address of their own are found by it, and
 * all others are new. Returns how many are new.
 */
export async function copyContacts(
  contacts: readonly SourceContact[],
  { client, key, copied, onCopied, print }: CopyContactsOptions,
): Promise<number> {
  let created = 0;
  const counts = new Map<string, number>();
  for (const contact of contacts)
    counts.set(addressOf(contact), (counts.get(addressOf(contact)) ?? 0) + 1);
  const isFindable = (contact: SourceContact) =>
    addressOf(contact) !== '' && counts.get(addressOf(contact)) === 1;
  const missing = contacts.filter(({ id }) => !copied.has(id));
  const refuse = ({ id, name }: SourceContact, message: string | undefined) =>
    print(`  contact ${id} (${name}): ${message}`);
  // Without those that are refused, a later run has other chunks.
  const keyOf = (chunk: readonly SourceContact[]) => importKey(key, 'contacts', chunk);

  for (const chunk of inChunks(missing.filter(isFindable), batchSize)) {
    const input = { matchOn: 'EMAIL', mode: 'PER_ITEM', contacts: chunk.map(fieldsOf) };
    const { made } = await client.graphql<{ made: UpsertedContacts }>(
      `mutation ($input: UpsertContactsInput!) {
        made: upsertContacts(input: $input) { createdCount results { contact { id } error { message } } } }`,
      { input },
      keyOf(chunk),
    );
    created += made.createdCount;
    onCopied(
      made.results.flatMap(({ contact, error }, n): [string, string][] => {
        const source = chunk[n];
        if (source === undefined) return [];
        if (contact !== null) return [[source.id, contact.id]];
        refuse(source, error?.message);
        return [];
      }),
    );
  }
  for (const chunk of inChunks(
    missing.filter((one) => !isFindable(one)),
    documentSize,
  )) {
    const variables = chunk.map((_, n) => `$c${n}: CreateContactInput!`).join(', ');
    const fields = chunk.map((_, n) => `c${n}: createContact(input: $c${n}) { contact { id } }`);
    const resultOf = await client.mutate<{ contact: { id: string } }>(
      `mutation (${variables}) { ${fields.join(' ')} }`,
      Object.fromEntries(chunk.map((contact, n) => [`c${n}`, fieldsOf(contact)])),
      keyOf(chunk),
    );
    onCopied(
      chunk.flatMap((source, n): [string, string][] => {
        const result = resultOf(`c${n}`);
        if (typeof result === 'string') {
          refuse(source, result);
          return [];
        }
        created += 1;
        return [[source.id, result.contact.id]];
      }),
    );
  }
  return created;
}

interface UpsertedContacts {
  createdCount: number;
  results: { contact: { id: string } | null; error: { message: string } | null }[];
}

/** The contacts of a server without a list of them: those of its items, each read once with its e-mail address. */
export async function contactsOfItems(
  source: Source,
  boardIds: readonly string[],
): Promise<SourceContact[]> {
  const contacts = new Map<string, SourceContact>();
  for (const boardId of boardIds) {
    for await (const item of source.items(boardId)) {
      const { contact } = item;
      if (contact == null || contacts.has(contact.id)) continue;
      const whole =
        contact.email === undefined ? (await source.item(boardId, item.id)).contact : contact;
      contacts.set(contact.id, whole ?? contact);
    }
  }
  return [...contacts.values()];
}
