import type { HttpConnection } from '../load/http-connection.ts';
import { at, createContacts, fillBoard, type VersionBoard } from './version-data.ts';
import { commonWord, labels, rareWord, sources, words } from './vocabulary.ts';

/** A board that was just filled, with what questions about it name. */
export interface FreshBoard extends VersionBoard {
  contactIds: string[];
}

/** The items of the board that is measured, and of one that was there before. */
export const freshItems = 20_000;
const earlierItems = 2_000;
const columns = 6;
const contacts = 200;
const batch = 500;
const day = 86_400_000;

/** The first day of `expected_close`, and how many days there are. */
export const firstDay = Date.UTC(2025, 0, 1);
export const days = 730;
/** `deal_value` is distributed evenly from 0 to this. */
export const highestDeal = 100_000;

/** A number below `limit`, scattered over n. */
export const scattered = (n: number, limit: number): number => (n * 7919 + 13) % limit;

export const phoneOf = (n: number): string => `+62813${String(n).padStart(8, '0')}`;
export const emailOf = (n: number): string => `user${n}@mail.example`;
export const dayOf = (n: number): string => new Date(firstDay + n * day).toISOString().slice(0, 10);

/** The nth item. A tenth has a note, and seven in ten a contact. */
const item = (contactIds: readonly string[]) => (n: number) => {
  const isRare = n % (freshItems / 20) === 3;
  return {
    title: [
      isRare ? rareWord : at(words, scattered(n, 1009)),
      at(words, scattered(n, 503)),
      n % 10 < 3 ? commonWord : at(words, n),
    ].join(' '),
    values: {
      deal_value: n % 100 === 0 ? 'n/a' : String(scattered(n, highestDeal)),
      probability: (n % 21) * 5,
      phone: phoneOf(n),
      email: emailOf(n),
      source: at(sources, scattered(n, 97)),
      expected_close: dayOf(scattered(n, days)),
      ...(n % 10 === 0 && { note: `Call ${at(words, n)} again` }),
    },
    labels: [at(labels, n), at(labels, scattered(n, 101))],
    ...(n % 10 < 7 && { contactId: at(contactIds, scattered(n, 1013)) }),
  };
};

const fill = async (connection: HttpConnection, contactIds: string[], count: number) => ({
  ...(await fillBoard(connection, { count, batch, item: item(contactIds) }, columns)),
  contactIds,
});

/** Creates the contacts, and the board that is there before the one that is measured. */
export async function createEarlierBoard(connection: HttpConnection): Promise<FreshBoard> {
  return fill(connection, await createContacts(connection, contacts), earlierItems);
}

/** Creates and fills the board that is measured. */
export const createFreshBoard = (
  connection: HttpConnection,
  { contactIds }: FreshBoard,
): Promise<FreshBoard> => fill(connection, contactIds, freshItems);
