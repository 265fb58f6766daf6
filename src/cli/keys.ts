import { parseArgs } from 'node:util';
import { newKey, storeKey } from '../auth/api-keys.ts';
import { ConfigError } from '../config.ts';
import { newId } from '../ids.ts';
import { dateOf, parseInstant } from '../limits/iso-8601.ts';
import type { PrismaClient } from '../postgres/client.ts';
import { usages } from './usages.ts';

export interface Output {
  print: (text: string) => void;
  /** Prints to stderr what is no result. */
  note: (text: string) => void;
}

/** Runs `keys create`, `keys list` or `keys revoke`. Throws ConfigError for invalid arguments. */
export async function runKeys(
  db: PrismaClient,
  [command, ...args]: readonly string[],
  output: Output,
): Promise<void> {
  switch (command) {
    case 'create':
      return create(db, args, output);
    case 'list':
      return list(db, output);
    case 'revoke':
      return revoke(db, args, output);
    default:
      throw new ConfigError(usages.keys);
  }
}

function readOptions(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        workspace: { type: 'string' },
        agent: { type: 'string' },
        name: { type: 'string' },
        'read-only': { type: 'boolean', default: false },
        admin: { type: 'boolean', default: false },
        expires: { type: 'string' },
        'rate-limit': { type: 'string' },
      },
    });
    return values;
  } catch (error) {
    throw new ConfigError(`${error instanceof Error ? error.message : error}\n${usages.keys}`);
  }
}

async function create(db: PrismaClient, args: string[], { print, note }: Output): Promise<void> {
  const {
    workspace,
    agent,
    name,
    expires,
    'read-only': isReadOnly,
    admin: isAdmin,
    ...options
  } = readOptions(args);
  if (!workspace || !agent || !name)
    throw new ConfigError(`--workspace, --agent and --name are required.\n${usages.keys}`);
  if (isAdmin && isReadOnly) throw new ConfigError('--read-only and --admin exclude each other.');
  const expiresAt = expires === undefined ? undefined : readExpiry(expires);
  const rateLimit = readRateLimit(options['rate-limit']);
  const key = newKey();
  const { id, isNew } = await db.$transaction(async (tx) => {
    const known = await tx.workspace.findFirst({
      where: { OR: [{ id: workspace }, { name: workspace }] },
    });
    const { id: workspaceId } =
      known ?? (await tx.workspace.create({ data: { id: newId('workspace'), name: workspace } }));
    const agentId =
      (await tx.agent.findFirst({ where: { workspaceId, OR: [{ id: agent }, { name: agent }] } }))
        ?.id ??
      (await tx.agent.create({ data: { workspaceId, id: newId('agent'), name: agent } })).id;
    const stored = await storeKey(tx, key, {
      workspaceId,
      agentId,
      name,
      scope: isAdmin ? 'admin' : isReadOnly ? 'read' : 'write',
      expiresAt,
      rateLimit,
    });
    return { id: stored.id, isNew: known === null };
  });
  if (isNew) note(`Workspace '${workspace}' was created.`);
  // Alone on stdout, for scripts.
  print(key);
  note(`The id of the key is ${id}. Save the key now: it is not stored and cannot be shown again.`);
}

/** Requests per minute. */
function readRateLimit(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new ConfigError(`--rate-limit must be 1 to 9999999 requests per minute, not '${text}'.`);
}

const hoursPerUnit = { h: 1, d: 24, w: 7 * 24 } as const;

/** `90d`, `12h`, `2w` from now, or an ISO 8601 date; without an offset it is in UTC. */
function readExpiry(text: string): Date {
  const [, count, unit] = /^(\d{1,5})([hdw])$/.exec(text) ?? [];
  const hours = hoursPerUnit[unit as keyof typeof hoursPerUnit];
  const instant = parseInstant(text);
  const expiry =
    hours === undefined
      ? instant && dateOf(instant)
      : new Date(Date.now() + Number(count) * hours * 3_600_000);
  if (expiry === undefined || expiry.getTime() <= Date.now()) {
    throw new ConfigError(
      `--expires must be a duration like 90d or 12h, or a future date, not '${text}'.`,
    );
  }
  return expiry;
}

async function list(db: PrismaClient, { print }: Output): Promise<void> {
  const keys = await db.apiKey.findMany({
    include: { agent: true, workspace: true },
    orderBy: [{ workspaceId: 'asc' }, { createdAt: 'asc' }],
    take: 1000,
  });
  const formatTime = (date: Date | null) => date?.toISOString().slice(0, 16) ?? '-';
  print(
    'id\tworkspace\tagent\tname\tscopes\trate limit\texpires\tlast used\trevoked\tid of the workspace',
  );
  for (const key of keys) {
    const { workspace, agent, scopes, expiresAt, lastUsedAt, revokedAt } = key;
    const times = [expiresAt, lastUsedAt, revokedAt].map(formatTime);
    print(
      [
        key.id,
        workspace.name,
        agent.name,
        key.name,
        scopes.join('+'),
        key.rateLimit ?? '-',
        ...times,
        workspace.id,
      ].join('\t'),
    );
  }
}

async function revoke(db: PrismaClient, [id]: string[], { print }: Output): Promise<void> {
  if (id === undefined) throw new ConfigError(usages.keys);
  const { count } = await db.apiKey.updateMany({
    where: { id, revokedAt: null },
    data: { revokedAt: new Date() },
  });
  if (count === 0) throw new ConfigError(`No active key has the id '${id}'.`);
  print(`${id} is revoked and stops working within 5 seconds.`);
}
