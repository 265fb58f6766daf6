import { parseArgs } from 'node:util';
import { newKey, storeKey } from '../auth/api-keys.ts';
import { ConfigError } from '../config.ts';
import { newId } from '../ids.ts';
import type { PrismaClient } from '../postgres/client.ts';

const usage = `Usage:
  npm run keys -- create --workspace <id or name> --agent <id or name> --name <name> [--read-only] [--expires 90d]
  npm run keys -- list
  npm run keys -- revoke <id>
A workspace or an agent of a new name is made.`;

type Say = (line: string) => void;

/** The command line for keys. Throws ConfigError where the words are wrong. */
export async function runKeys(db: PrismaClient, words: readonly string[], say: Say): Promise<void> {
  const [command, ...rest] = words;
  switch (command) {
    case 'create':
      return create(db, rest, say);
    case 'list':
      return list(db, say);
    case 'revoke':
      return revoke(db, rest, say);
    default:
      throw new ConfigError(usage);
  }
}

function readOptions(words: string[]) {
  try {
    const { values } = parseArgs({
      args: words,
      options: {
        workspace: { type: 'string' },
        agent: { type: 'string' },
        name: { type: 'string' },
        'read-only': { type: 'boolean', default: false },
        expires: { type: 'string' },
      },
    });
    return values;
  } catch (error) {
    throw new ConfigError(`${error instanceof Error ? error.message : error}\n${usage}`);
  }
}

async function create(db: PrismaClient, words: string[], say: Say): Promise<void> {
  const { workspace, agent, name, expires, 'read-only': isReadOnly } = readOptions(words);
  if (!workspace || !agent || !name)
    throw new ConfigError(`--workspace, --agent and --name are needed.\n${usage}`);
  const expiresAt = expires === undefined ? undefined : readExpiry(expires);
  const key = newKey();
  const id = await db.$transaction(async (tx) => {
    const workspaceId =
      (await tx.workspace.findFirst({ where: { OR: [{ id: workspace }, { name: workspace }] } }))
        ?.id ??
      (await tx.workspace.create({ data: { id: newId('workspace'), name: workspace } })).id;
    const agentId =
      (await tx.agent.findFirst({ where: { workspaceId, OR: [{ id: agent }, { name: agent }] } }))
        ?.id ??
      (await tx.agent.create({ data: { workspaceId, id: newId('agent'), name: agent } })).id;
    return storeKey(tx, key, {
      workspaceId,
      agentId,
      name,
      isReadOnly: isReadOnly ?? false,
      expiresAt,
    });
  });
  say(`${key}\nThis is ${id}. The key is shown this once and not stored: keep it now.`);
}

const units = { h: 1, d: 24, w: 7 * 24 } as const;

/** `90d`, `12h`, `2w` from now, or an ISO 8601 date. */
function readExpiry(text: string): Date {
  const [, count, unit] = /^(\d{1,5})([hdw])$/.exec(text) ?? [];
  const hours = units[unit as keyof typeof units];
  const moment =
    hours === undefined ? new Date(text) : new Date(Date.now() + Number(count) * hours * 3_600_000);
  if (Number.isNaN(moment.getTime()) || moment.getTime() <= Date.now()) {
    throw new ConfigError(`--expires must be like 90d, 12h or a date to come, not '${text}'.`);
  }
  return moment;
}

async function list(db: PrismaClient, say: Say): Promise<void> {
  const keys = await db.apiKey.findMany({
    include: { agent: true, workspace: true },
    orderBy: [{ workspaceId: 'asc' }, { createdAt: 'asc' }],
    take: 1000,
  });
  const day = (date: Date | null) => date?.toISOString().slice(0, 16) ?? '-';
  say('id\tworkspace\tagent\tname\tscopes\texpires\tlast used\trevoked');
  for (const key of keys) {
    const { workspace, agent, scopes, expiresAt, lastUsedAt, revokedAt } = key;
    const times = [expiresAt, lastUsedAt, revokedAt].map(day);
    say([key.id, workspace.name, agent.name, key.name, scopes.join('+'), ...times].join('\t'));
  }
}

async function revoke(db: PrismaClient, [id]: string[], say: Say): Promise<void> {
  if (id === undefined) throw new ConfigError(usage);
  const { count } = await db.apiKey.updateMany({
    where: { id, revokedAt: null },
    data: { revokedAt: new Date() },
  });
  if (count === 0) throw new ConfigError(`There is no key '${id}' that is not revoked already.`);
  say(`${id} is revoked. It stops working within 5 seconds.`);
}
