import { type KeyRow, newKey, storeKey } from '../auth/api-keys.ts';
import type { Scope } from '../auth/scopes.ts';
import { ApiError, invalid } from '../errors.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { newId } from '../ids.ts';
import type { Transaction } from '../postgres/client.ts';
import { jsonRow } from '../sql/json-row.ts';
import { oneParent, type PageQuery, type Source, table } from '../sql/page.ts';
import { transact, type WriteContext } from './transaction.ts';
import { checkText } from './validation.ts';

const { sql } = Prisma;

const queue = 'keys';
/** Keys of one workspace that are not revoked. */
const maxKeys = 1000;
const maxRateLimit = 9_999_999;

/** A key to create. Without an agent, it acts as the agent of its creator; one with a new name is created. */
export interface ApiKeyFields {
  name: string;
  scope: Scope;
  agentId?: string | null | undefined;
  agentName?: string | null | undefined;
  expiresAt?: Date | null | undefined;
  /** Requests per minute. */
  rateLimit?: number | null | undefined;
}

/** Throws VALIDATION_ERROR. */
export function checkApiKey({
  name,
  agentId,
  agentName,
  expiresAt,
  rateLimit,
}: ApiKeyFields): void {
  checkText('name', name, { max: 200 });
  if (agentName != null) checkText('agentName', agentName, { max: 200 });
  if (agentId != null && agentName != null)
    throw invalid('agentName', 'must be left out where there is an agentId');
  if (expiresAt != null && expiresAt.getTime() <= Date.now())
    throw invalid('expiresAt', 'must be in the future');
  if (rateLimit != null && (rateLimit < 1 || rateLimit > maxRateLimit))
    throw invalid('rateLimit', `must be 1 to ${maxRateLimit} requests per minute`);
}

/** A key, and its text. Null where nothing was saved, or by an earlier request with the same Idempotency-Key. */
export interface CreatedKey {
  apiKey: KeyRow;
  text: string | null;
}

/** Creates a key. Throws VALIDATION_ERROR for an agent that does not exist, or too many keys. */
export async function createApiKey(
  write: WriteContext,
  { agentId, agentName, ...fields }: ApiKeyFields,
): Promise<CreatedKey> {
  const { workspaceId, validateOnly } = write;
  let text: string | null = null;
  const work = async (tx: Transaction) => {
    // One after the other, or two would create the same agent.
    await tx.$executeRaw`SELECT FROM workspace WHERE id = ${workspaceId} FOR NO KEY UPDATE`;
    const count = await tx.apiKey.count({ where: { workspaceId, revokedAt: null } });
    if (count >= maxKeys)
      throw invalid(
        'input',
        `is refused: your workspace has ${count} keys that are not revoked; the limit is ${maxKeys}`,
      );
    const agent = await resolveAgent(tx, write, { agentId, agentName });
    const key = newKey();
    const row = await storeKey(tx, key, { ...fields, workspaceId, agentId: agent });
    text = validateOnly ? null : key;
    return row;
  };
  const apiKey = await transact(write, { queue, work });
  return { apiKey, text };
}

async function resolveAgent(
  tx: Transaction,
  write: WriteContext,
  { agentId, agentName }: Pick<ApiKeyFields, 'agentId' | 'agentName'>,
): Promise<string> {
  const { workspaceId } = write;
  if (agentId != null) {
    const agent = await tx.agent.findUnique({
      where: { workspaceId_id: { workspaceId, id: agentId } },
    });
    if (agent === null)
      throw invalid('agentId', `must be an agent of your workspace, not '${agentId}'`);
    return agent.id;
  }
  if (agentName == null) return write.agentId;
  const name = agentName.trim();
  // People who sign in with tokens are not found by a name, which they may choose.
  const agent =
    (await tx.agent.findFirst({ where: { workspaceId, name, subject: null } })) ??
    (await tx.agent.create({ data: { workspaceId, id: newId('agent'), name } }));
  return agent.id;
}

/** Revokes a key, which stops working within 5 s. One that is revoked already stays as it is. Throws KEY_NOT_FOUND. */
export function revokeApiKey(write: WriteContext, id: string): Promise<KeyRow> {
  const { workspaceId } = write;
  const where = { workspaceId_id: { workspaceId, id } };
  const work = async (tx: Transaction) => {
    await tx.apiKey.updateMany({
      where: { workspaceId, id, revokedAt: null },
      data: { revokedAt: new Date() },
    });
    const key = await tx.apiKey.findUnique({ where, omit: { hash: true } });
    if (key === null)
      throw new ApiError('KEY_NOT_FOUND', `Key '${id}' not found`, [
        { field: 'id', message: 'not found' },
      ]);
    return key;
  };
  return transact(write, { queue, work });
}

/** The keys of a workspace. */
export const apiKeySource = (workspaceId: string): Source<KeyRow> => ({
  row: sql`to_jsonb(k) - 'hash'`,
  pick: table(sql`api_key k`, sql`k.workspace_id = ${workspaceId}`),
  parents: oneParent,
  names: [''],
  read: jsonRow,
});

/** Keys, oldest first. */
export const apiKeyPageQuery: PageQuery = {
  where: [],
  order: [
    { by: sql`k.created_at`, cast: sql`timestamptz`, descending: false },
    { by: sql`k.id`, cast: sql`text`, descending: false },
  ],
  identity: 'api keys',
};
