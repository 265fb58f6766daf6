import { createHash } from 'node:crypto';
import { Prisma, type PrismaClient } from '../generated/prisma/client.ts';
import {
  agents,
  type BoardPlan,
  boards,
  documented,
  john,
  johns,
  type Kind,
  oddSubjects,
  people,
} from './demo-data.ts';

export const demoKey = 'YOUR_API_KEY';

const workspaceId = 'workspace_demo';
const opened = new Date('2025-01-15T08:00:00Z');
const settled = new Date('2025-03-27T10:00:00Z');
const lastCreated = Date.parse('2025-03-24T12:00:00Z');
const columnColors = ['#4CAF50', '#2196F3', '#FFC107', '#FF7043', '#7E57C2'];
const phonePrefixes = ['+141555501', '+4420794600', '+612555010'];
const amounts = [12500, 8000, 47000, 31500, 6400, 95000, 22000.5, 150000, 3900, 18750, 58000];
const sources = ['Website', 'Referral', 'WhatsApp', 'Trade show', 'Cold call', 'Instagram'];
const cities = ['Jakarta', 'Singapore', 'Berlin', 'Lagos', 'Lyon'];

type Person = typeof john;
type Stage = ReturnType<typeof stagesOf>[number];
type ValuesOf = (n: number, person: Person, stage: number) => Prisma.InputJsonObject;

const persons = people.map((text, index): Person => {
  const [name = '', company = ''] = text.split(' / ');
  return {
    id: `contact_${pad(index + 1)}`,
    name,
    company,
    email: `${slug(name.replace(/ .*/, ''))}@${slug(company)}.example`,
    phone: `${pick(phonePrefixes, index)}${10 + index}`,
  };
});

const valuesOf: Record<Kind, ValuesOf> = {
  deal: (n, person, stage) => ({
    contact_name: person.name,
    email: person.email,
    deal_value: numeral(n, pick(amounts, n * 5)),
    probability: numeral(n, Math.min(100, 25 * stage + 5 * (n % 5))),
    expected_close: n % 17 === 0 ? `${day(n * 5)}T17:00:00+07:00` : day(n * 5),
    source: pick(sources, n),
    ...(n % 4 === 0 && { phone: person.phone }),
    ...(n % 10 === 0 && { address: { city: pick(cities, n / 10), floor: n / 10 } }),
  }),
  ticket: (n, person, stage) => ({
    contact_name: person.name,
    email: person.email,
    priority: pick(['low', 'normal', 'high', 'urgent'], n * 3),
    channel: pick(['email', 'chat', 'phone'], n),
    due: `${day(n)}T09:00:00Z`,
    first_reply_minutes: numeral(n, (n * 17) % 240),
    ...(stage > 1 && { satisfied: n % 4 !== 0 }),
    ...(n % 5 === 0 && { device: { os: pick(['Android', 'iOS'], n), version: `4.${n % 9}` } }),
  }),
  candidate: (n, person) => ({
    email: person.email,
    employer: person.company,
    years_of_experience: numeral(n, n % 12),
    salary_expectation: pick(['1,800', '2400', 3100, 'negotiable'], n),
    available_from: day(n * 2),
  }),
  idea: (n, person) => ({ asked_by: person.name, votes: (n * 13) % 60 }),
};

/**
 * Loads the documented world into an empty database, in one transaction; false if a workspace
 * exists already. Safe when two processes do it at once: the second waits, then finds it done.
 */
export async function loadDemo(db: PrismaClient): Promise<boolean> {
  return db.$transaction(
    async (tx) => {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('items-gateway demo', 0))`;
      if (await tx.workspace.findFirst()) return false;
      await insertWorld(tx);
      return true;
    },
    // A wider snapshot would be older than the lock and would not see what the first one wrote.
    { isolationLevel: Prisma.TransactionIsolationLevel.ReadCommitted },
  );
}

async function insertWorld(tx: Prisma.TransactionClient): Promise<void> {
  const own = { workspaceId, createdAt: opened };
  const hash = createHash('sha256').update(demoKey).digest();
  const key = { id: 'key_demo', agentId: 'agent_123', name: 'Demo key', scopes: ['read', 'write'] };
  const team = agents.map((agent) => ({ ...own, ...agent }));
  const stages = stagesOf(boards);
  await tx.workspace.create({ data: { id: workspaceId, name: 'Demo Company', createdAt: opened } });
  await insert(tx, 'agent', team);
  await tx.apiKey.create({ data: { ...own, ...key, hash } });
  await insert(tx, 'contact', [john, ...persons].map(contactRow));
  await insert(tx, 'board', boards.map(boardRow));
  await insert(tx, 'board_column', stages.map(columnRow));
  await insert(tx, 'item', itemRows(stages));
}

// createMany takes 0.2 s longer: it spells out three thousand parameters where one JSON text does.
async function insert(tx: Prisma.TransactionClient, table: string, rows: object[]): Promise<void> {
  const snake = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const data = rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([key, value]) => [snake(key), value])),
  );
  const into = Prisma.raw(table);
  const columns = Prisma.raw(`"${Object.keys(data[0] ?? {}).join('", "')}"`);
  await tx.$executeRaw`INSERT INTO ${into} (${columns})
    SELECT ${columns} FROM jsonb_populate_recordset(NULL::${into}, ${JSON.stringify(data)}::jsonb)`;
}

function contactRow({ id, name, email, phone }: Person, n: number): Prisma.ContactCreateManyInput {
  return {
    workspaceId,
    id,
    name,
    email: n % 8 === 7 ? null : email,
    phone: n % 11 === 10 ? null : phone,
    createdAt: opened,
    updatedAt: opened,
  };
}

function boardRow(plan: BoardPlan): Prisma.BoardCreateManyInput {
  const { id, name, description, createdAt, updatedAt = settled } = plan;
  const { allowDelete = true, allowReorder = true } = plan;
  return { workspaceId, id, name, description, allowDelete, allowReorder, createdAt, updatedAt };
}

function stagesOf(plans: BoardPlan[]) {
  return plans
    .flatMap((board) => Object.entries(board.columns).map((column, at) => ({ board, column, at })))
    .map(({ board, column: [name, size], at }, index) => {
      return { id: `col_${pad(index + 1)}`, board, name, size, position: at };
    });
}

function columnRow({ id, board, name, position }: Stage): Prisma.ColumnCreateManyInput {
  return {
    workspaceId,
    boardId: board.id,
    id,
    name,
    position,
    color: pick(columnColors, position),
    wipLimit: board.wipLimits?.[name] ?? null,
    autoArchiveDays: board.archiveDays?.[name] ?? null,
    createdAt: board.createdAt,
    updatedAt: settled,
  };
}

function itemRows(stages: Stage[]): Prisma.ItemCreateManyInput[] {
  return stages
    .flatMap((stage) => Array.from({ length: stage.size }, (_, position) => ({ stage, position })))
    .map(({ stage, position }, index) => itemRow(index + 1, stage, position));
}

function itemRow(n: number, stage: Stage, position: number): Prisma.ItemCreateManyInput {
  const { id: columnId, board } = stage;
  const person = johns[n] ? john : pick(persons, n * 7);
  const [title, values] = johns[n] ?? [
    titleOf(n, person, board),
    valuesOf[board.kind](n, person, stage.position),
  ];
  return {
    workspaceId,
    boardId: board.id,
    columnId,
    id: `item_${pad(n)}`,
    title,
    position,
    values,
    labels: board.labels.filter((_, index) => n % 9 === index || n % 7 === index),
    contactId: person !== john && n % 8 === 5 ? null : person.id,
    conversationIds: n % 4 === 0 ? [`conv_${pad(n)}`] : [],
    createdById: pick(agents, n).id,
    ...lifeOf(n, board),
    ...(n === 1 && documented),
  };
}

function titleOf(n: number, person: Person, board: BoardPlan): string {
  const subject = oddSubjects[n] ?? pick(board.subjects, n * 13);
  return `${board.kind === 'candidate' ? person.name : person.company} - ${subject}`;
}

/** When an item came and last changed, and how often. Every twentieth comes with the one before. */
function lifeOf(n: number, board: BoardPlan) {
  const opening = Date.parse(board.createdAt);
  const offset = ((n % 20 ? n : n - 1) * 475_003_000 + (n % 13 ? 0 : n)) % (lastCreated - opening);
  const created = board.importedAt ? Date.parse(board.importedAt) : opening + offset;
  const edits = n % 6;
  return {
    createdAt: new Date(created),
    updatedAt: new Date(created + edits * 39_119_000),
    version: 1 + edits,
  };
}

/** A day of the second quarter of 2025. */
function day(n: number): string {
  return new Date(Date.UTC(2025, 3, 1 + (n % 90))).toISOString().slice(0, 10);
}

/** Mostly text, as the documentation writes numbers; at times a number. */
function numeral(n: number, value: number): number | string {
  return n % 9 === 0 ? value : String(value);
}

function pad(n: number): string {
  return String(n).padStart(3, '0');
}

function slug(name: string): string {
  return name
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z]/g, '');
}

function pick<T>(list: readonly T[], n: number): T {
  return list[n % list.length] as T;
}
