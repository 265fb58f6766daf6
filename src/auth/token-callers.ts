import { LRUCache } from 'lru-cache';
import { ApiError } from '../errors.ts';
import { newId } from '../ids.ts';
import type { PrismaClient } from '../postgres/client.ts';
import type { Caller } from './api-keys.ts';
import type { TokenClaims } from './tokens.ts';

/** Milliseconds that the agent of a subject is cached. Agents are never deleted. */
const ttl = 600_000;

/** Finds the caller of a valid token. Throws FORBIDDEN where its workspace does not exist, or is locked. */
export type FindTokenCaller = (claims: TokenClaims) => Promise<Caller>;

/** The agent of a token is made when its subject is first seen, and renamed when the token has another name. */
export function createTokenCallers(db: PrismaClient, lockedWorkspaceId?: string): FindTokenCaller {
  const agentIds = new LRUCache<string, string>({ max: 10_000, ttl });
  return async (claims) => {
    const { workspaceId, subject, name, scopes, expiresAt } = claims;
    if (workspaceId === lockedWorkspaceId) throw noWorkspace();
    const cacheKey = JSON.stringify([workspaceId, subject, name]);
    const agentId =
      agentIds.get(cacheKey) ?? (await findAgent(db, claims)) ?? (await saveAgent(db, claims));
    agentIds.set(cacheKey, agentId);
    return {
      workspaceId,
      agentId,
      keyId: agentId,
      scopes,
      rateLimit: null,
      tokenExpiresAt: expiresAt,
      keyExpiresAt: null,
    };
  };
}

const noWorkspace = (): ApiError =>
  new ApiError('FORBIDDEN', 'The workspace that the token names does not exist here.');

async function findAgent(
  db: PrismaClient,
  { workspaceId, subject, name }: TokenClaims,
): Promise<string | undefined> {
  const agent = await db.agent.findUnique({
    where: { workspaceId_subject: { workspaceId, subject } },
  });
  return agent?.name === name ? agent.id : undefined;
}

/** Several processes may see the subject for the first time at once. */
async function saveAgent(
  db: PrismaClient,
  { workspaceId, subject, name }: TokenClaims,
): Promise<string> {
  const [agent] = await db.$queryRaw<{ id: string }[]>`
    INSERT INTO agent AS a (workspace_id, id, name, subject)
    SELECT id, ${newId('agent')}, ${name}, ${subject} FROM workspace WHERE id = ${workspaceId}
    ON CONFLICT (workspace_id, subject) DO UPDATE SET name = excluded.name RETURNING a.id`;
  if (agent === undefined) throw noWorkspace();
  return agent.id;
}
