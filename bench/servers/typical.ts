import type { IncomingMessage, ServerResponse } from 'node:http';
import process from 'node:process';
import { PrismaPg } from '@prisma/adapter-pg';
import { createYoga } from 'graphql-yoga';
import { PrismaClient } from '../../src/generated/prisma/client.ts';
import { workspaceId } from '../seed/board-plans.ts';
import { listen, readPath } from './listener.ts';
import { createTypicalSchema, type PageArguments } from './typical-schema.ts';

// The server of a tutorial: GraphQL Yoga and Prisma's findMany with include, with all defaults. It does less than the
// gateway: no API key, no limits.

const adapter = new PrismaPg({ connectionString: process.env.DATABASE_URL });
const prisma = new PrismaClient({ adapter });

const pageSize = 50;
const include = { contact: true, createdBy: true };

const readItems = ({ boardId, first }: PageArguments) =>
  prisma.item.findMany({
    where: { workspaceId, boardId },
    include,
    orderBy: [{ column: { position: 'asc' } }, { columnId: 'asc' }, { position: 'asc' }],
    take: first,
  });

const readItem = (boardId: string, id: string) =>
  prisma.item.findFirst({ where: { workspaceId, boardId, id }, include });

type Item = NonNullable<Awaited<ReturnType<typeof readItem>>>;

const isoText = (date: Date): string => date.toISOString().replace('.000Z', 'Z');

const toRow = ({ contact, ...item }: Item) => ({
  id: item.id,
  board_id: item.boardId,
  column_id: item.columnId,
  title: item.title,
  position: item.position,
  values: item.values,
  labels: item.labels,
  contact: contact && { id: contact.id, name: contact.name, phone: contact.phone },
  created_at: isoText(item.createdAt),
  updated_at: isoText(item.updatedAt),
});

const toWhole = ({ contact, createdBy, ...item }: Item) => ({
  ...toRow({ contact, createdBy, ...item }),
  contact: contact && {
    id: contact.id,
    name: contact.name,
    phone: contact.phone,
    email: contact.email,
  },
  version: item.version,
  conversation_ids: item.conversationIds,
  created_by: { id: createdBy.id, name: createdBy.name },
});

async function list(boardId: string): Promise<object> {
  const [items, total] = await Promise.all([
    readItems({ boardId, first: pageSize + 1 }),
    prisma.item.count({ where: { workspaceId, boardId } }),
  ]);
  const page = items.slice(0, pageSize);
  return {
    success: true,
    data: page.map(toRow),
    pagination: { total, limit: pageSize, offset: 0 },
    next_cursor: items.length > pageSize ? page.at(-1)?.id : null,
  };
}

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = readPath(request.url);
  if (path === undefined) return void response.writeHead(404).end();
  const { boardId, itemId } = path;
  const item = itemId === undefined ? null : await readItem(boardId, itemId);
  const body =
    itemId === undefined
      ? await list(boardId)
      : { success: item !== null, data: item && toWhole(item) };
  response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
}

const yoga = createYoga({ schema: createTypicalSchema(readItems) });

listen((request, response) => {
  const responded =
    request.url === '/graphql' ? yoga(request, response) : respond(request, response);
  Promise.resolve(responded).catch((error) => {
    process.stderr.write(`${error}\n`);
    response.writeHead(500).end();
  });
});
