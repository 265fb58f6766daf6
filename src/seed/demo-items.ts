import type { Prisma } from '../generated/prisma/client.ts';
import type { DemoBoard, ItemKind } from './demo-boards.ts';
import { agents, type DemoContact, john, otherContacts } from './demo-contacts.ts';
import { documentedFields, itemsOfJohn, specialSubjects } from './demo-special-items.ts';
import { pad, pick } from './generate.ts';

/** A column of a demo board, with its number of items. */
export interface DemoColumn {
  id: string;
  board: DemoBoard;
  name: string;
  position: number;
  size: number;
}

const lastCreated = Date.parse('2025-03-24T12:00:00Z');
const amounts = [12500, 8000, 47000, 31500, 6400, 95000, 22000.5, 150000, 3900, 18750, 58000];
const sources = ['Website', 'Referral', 'WhatsApp', 'Trade show', 'Cold call', 'Instagram'];
const cities = ['Jakarta', 'Singapore', 'Berlin', 'Lagos', 'Lyon'];

type CreateValues = (n: number, contact: DemoContact, column: number) => Prisma.InputJsonObject;

const createValues: Record<ItemKind, CreateValues> = {
  deal: (n, contact, column) => ({
    contact_name: contact.name,
    email: contact.email,
    deal_value: numeric(n, pick(amounts, n * 5)),
    probability: numeric(n, Math.min(100, 25 * column + 5 * (n % 5))),
    expected_close: n % 17 === 0 ? `${day(n * 5)}T17:00:00+07:00` : day(n * 5),
    source: pick(sources, n),
    ...(n % 4 === 0 && { phone: contact.phone }),
    ...(n % 10 === 0 && { address: { city: pick(cities, n / 10), floor: n / 10 } }),
  }),
  ticket: (n, contact, column) => ({
    contact_name: contact.name,
    email: contact.email,
    priority: pick(['low', 'normal', 'high', 'urgent'], n * 3),
    channel: pick(['email', 'chat', 'phone'], n),
    due: `${day(n)}T09:00:00Z`,
    first_reply_minutes: numeric(n, (n * 17) % 240),
    ...(column > 1 && { satisfied: n % 4 !== 0 }),
    ...(n % 5 === 0 && { device: { os: pick(['Android', 'iOS'], n), version: `4.${n % 9}` } }),
  }),
  candidate: (n, contact) => ({
    email: contact.email,
    employer: contact.company,
    years_of_experience: numeric(n, n % 12),
    salary_expectation: pick(['1,800', '2400', 3100, 'negotiable'], n),
    available_from: day(n * 2),
  }),
  idea: (n, contact) => ({ asked_by: contact.name, votes: (n * 13) % 60 }),
};

/** The rows of all items, without workspace: numbered through all columns. */
export const createItems = (columns: readonly DemoColumn[]) =>
  columns
    .flatMap((column) =>
      Array.from({ length: column.size }, (_, position) => ({ column, position })),
    )
    .map(({ column, position }, index) => createItem(index + 1, column, position));

function createItem(n: number, column: DemoColumn, position: number) {
  const { board } = column;
  const special = itemsOfJohn[n];
  const contact = special ? john : pick(otherContacts, n * 7);
  const [title, values] = special ?? [
    titleOf(n, contact, board),
    createValues[board.kind](n, contact, column.position),
  ];
  return {
    boardId: board.id,
    columnId: column.id,
    id: `item_${pad(n)}`,
    title,
    position,
    values,
    labels: board.labels.filter((_, index) => n % 9 === index || n % 7 === index),
    contactId: contact !== john && n % 8 === 5 ? null : contact.id,
    conversationIds: n % 4 === 0 ? [`conv_${pad(n)}`] : [],
    createdById: pick(agents, n).id,
    ...historyOf(n, board),
    ...(n === 1 && documentedFields),
  };
}

function titleOf(n: number, contact: DemoContact, board: DemoBoard): string {
  const subject = specialSubjects[n] ?? pick(board.subjects, n * 13);
  return `${board.kind === 'candidate' ? contact.name : contact.company} - ${subject}`;
}

/** Times and version of an item. Every twentieth item is created at the same time as the one before. */
function historyOf(n: number, board: DemoBoard) {
  const start = Date.parse(board.createdAt);
  const offset = ((n % 20 ? n : n - 1) * 475_003_000 + (n % 13 ? 0 : n)) % (lastCreated - start);
  const created = board.importedAt ? Date.parse(board.importedAt) : start + offset;
  const edits = n % 6;
  return {
    createdAt: new Date(created),
    updatedAt: new Date(created + edits * 39_119_000),
    version: 1 + edits,
  };
}

/** A date in the second quarter of 2025. */
function day(n: number): string {
  return new Date(Date.UTC(2025, 3, 1 + (n % 90))).toISOString().slice(0, 10);
}

/** A number, mostly as text like in the documentation, sometimes as a JSON number. */
function numeric(n: number, value: number): number | string {
  return n % 9 === 0 ? value : String(value);
}
