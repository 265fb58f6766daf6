import { hashOf } from '../auth/api-keys.ts';
import { Prisma, type PrismaClient } from '../generated/prisma/client.ts';
import { boards, type DemoBoard } from './demo-boards.ts';
import { agents, type DemoContact, john, otherContacts } from './demo-contacts.ts';
import { createItems, type DemoColumn } from './demo-items.ts';
import { pad, pick } from './generate.ts';

export const demoKey = 'YOUR_API_KEY';

export const demoWorkspaceId = 'workspace_demo';
const workspaceId = demoWorkspaceId;
const createdAt = new Date('2025-01-15T08:00:00Z');
const updatedAt = new Date('2025-03-27T10:00:00Z');
const columnColors = ['#4CAF50', '#2196F3', '#FFC107', '#FF7043', '#7E57C2'];

/**
 * Loads the workspace of the documented examples into an empty database, in one transaction. Returns false if a
 * workspace exists. Two processes may call it at once: the second waits, and returns false.
 */
export async function loadDemo(db: PrismaClient): Promise<boolean> {
  return db.$transaction(
    async (tx) => {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('items-gateway demo', 0))`;
      if (await tx.workspace.findFirst()) return false;
      await insertDemo(tx);
      return true;
    },
    // A stricter level would use a snapshot from before the lock, without the rows of the first process.
    { isolationLevel: Prisma.TransactionIsolationLevel.ReadCommitted },
  );
}

async function insertDemo(tx: Prisma.TransactionClient): Promise<void> {
  const columns = boards
    .flatMap(columnsOf)
    .map((column, n) => ({ ...column, id: `col_${pad(n + 1)}` }));
  const items = createItems(columns).map((item) => ({ workspaceId, ...item }));
  await tx.workspace.create({ data: { id: workspaceId, name: 'Demo Company', createdAt } });
  await insert(
    tx,
    'agent',
    agents.map((agent) => ({ workspaceId, createdAt, ...agent })),
  );
  await tx.apiKey.create({
    data: {
      workspaceId,
      createdAt,
      id: 'key_demo',
      agentId: 'agent_123',
      name: 'Demo key',
      scopes: ['read', 'write'],
      hash: hashOf(demoKey),
    },
  });
  await insert(tx, 'contact', [john, ...otherContacts].map(contactRow));
  await tx.$executeRaw`SELECT log_contacts(${workspaceId}, 'agent_123', (
    SELECT jsonb_agg(jsonb_build_object('id', c.id, 'action', 'CREATED', 'after', to_jsonb(c)) ORDER BY c.id)
    FROM contact c WHERE c.workspace_id = ${workspaceId}))`;
  await insert(tx, 'board', boards.map(boardRow));
  await insert(tx, 'board_column', columns.map(columnRow));
  for (const { id } of boards)
    await tx.$queryRaw`SELECT log_board(${workspaceId}, ${id}, NULL, NULL)::text`;
  await tx.$queryRaw`SELECT load_items(workspace_id, board_id, array_agg(i))::text
    FROM jsonb_populate_recordset(NULL::item, ${toJson(items)}::jsonb) i GROUP BY workspace_id, board_id`;
}

/** The rows as one JSON parameter; `createMany` with its 3,000 parameters takes 0.2 s longer. */
const toJson = (rows: readonly object[]): string =>
  JSON.stringify(
    rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([key, value]) => [toSnakeCase(key), value])),
    ),
  );

const toSnakeCase = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

async function insert(tx: Prisma.TransactionClient, table: string, rows: object[]): Promise<void> {
  const into = Prisma.raw(table);
  const columns = Prisma.raw(
    `"${Object.keys(rows[0] ?? {})
      .map(toSnakeCase)
      .join('", "')}"`,
  );
  await tx.$executeRaw`INSERT INTO ${into} (${columns})
    SELECT ${columns} FROM jsonb_populate_recordset(NULL::${into}, ${toJson(rows)}::jsonb)`;
}

function contactRow(
  { id, name, email, phone }: DemoContact,
  n: number,
): Prisma.ContactCreateManyInput {
  return {
    workspaceId,
    id,
    name,
    email: n % 8 === 7 ? null : email,
    phone: n % 11 === 10 ? null : phone,
    createdAt,
    updatedAt: createdAt,
  };
}

function boardRow(board: DemoBoard): Prisma.BoardCreateManyInput {
  const { id, name, description, allowDelete = true, allowReorder = true } = board;
  return {
    workspaceId,
    id,
    name,
    description,
    allowDelete,
    allowReorder,
    createdAt: board.createdAt,
    updatedAt: board.updatedAt ?? updatedAt,
  };
}

const columnsOf = (board: DemoBoard): Omit<DemoColumn, 'id'>[] =>
  Object.entries(board.columns).map(([name, size], position) => ({ board, name, size, position }));

function columnRow({ id, board, name, position }: DemoColumn): Prisma.ColumnCreateManyInput {
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
    updatedAt,
  };
}
