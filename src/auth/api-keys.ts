import { hash as digest, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { ApiKey } from '../generated/prisma/client.ts';
import { newId } from '../ids.ts';
import type { PrismaClient } from '../postgres/client.ts';
import { type Scope, scopesUpTo } from './scopes.ts';

/** The agent and workspace that a key or a token belongs to, and its scopes. */
export interface Caller {
  workspaceId: string;
  agentId: string;
  /** The subject of limits: the id of the key, or of a token's agent. */
  keyId: string;
  scopes: readonly string[];
  /** Requests per minute; null for the default. */
  rateLimit: number | null;
  /** When the token expires; null for a key. */
  tokenExpiresAt: Date | null;
  /** When the key expires; null for a token, and for a key that does not. */
  keyExpiresAt: Date | null;
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const secretLength = 43;
const checksumLength = 6;

function base62(bytes: Uint8Array, length: number): string {
  let number = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  let text = '';
  while (text.length < length) {
    text = alphabet.charAt(Number(number % 62n)) + text;
    number /= 62n;
  }
  return text;
}

const checksumOf = (secret: string): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(secret));
  return base62(bytes, checksumLength);
};

/** Creates a key: `itk_`, 32 random bytes in base62, and a checksum. Only its hash is stored. */
export function newKey(): string {
  const secret = base62(randomBytes(32), secretLength);
  return `itk_${secret}${checksumOf(secret)}`;
}

/** False for a key with the prefix `itk_` and a wrong length or checksum, which needs no query. Imported keys have no prefix. */
export function isWellFormed(key: string): boolean {
  if (!key.startsWith('itk_')) return key.length > 0 && key.length <= 200;
  const secret = key.slice(4, 4 + secretLength);
  return key.length === 4 + secretLength + checksumLength && key.endsWith(checksumOf(secret));
}

/** The SHA-256 of a key, as it is stored. */
export const hashOf = (key: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(digest('sha256', key, 'buffer'));

export interface NewKey {
  workspaceId: string;
  agentId: string;
  name: string;
  /** The highest scope. */
  scope: Scope;
  expiresAt?: Date | null | undefined;
  /** Requests per minute. */
  rateLimit?: number | null | undefined;
}

/** A stored key. */
export type KeyRow = Omit<ApiKey, 'hash'>;

/** Stores a key's hash, and returns its row. */
export async function storeKey(
  db: Pick<PrismaClient, 'apiKey'>,
  key: string,
  { scope, expiresAt, rateLimit, ...fields }: NewKey,
): Promise<KeyRow> {
  return db.apiKey.create({
    omit: { hash: true },
    data: {
      ...fields,
      id: newId('key'),
      scopes: scopesUpTo(scope),
      hash: hashOf(key),
      expiresAt: expiresAt ?? null,
      rateLimit: rateLimit ?? null,
    },
  });
}

/** Finds the caller of a key that is neither revoked nor expired, by its hash. The keys of a locked workspace do not work. */
export async function findCaller(
  db: PrismaClient,
  hash: Uint8Array,
  lockedWorkspaceId = '',
): Promise<Caller | undefined> {
  const [caller] = await db.$queryRaw<Caller[]>`
    WITH key AS (
      SELECT * FROM api_key
      WHERE hash = ${hash} AND workspace_id <> ${lockedWorkspaceId} AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
    ), used AS (
      UPDATE api_key k SET last_used_at = now() FROM key
      WHERE k.workspace_id = key.workspace_id AND k.id = key.id
        AND (k.last_used_at IS NULL OR k.last_used_at < now() - interval '1 minute')
    )
    SELECT workspace_id AS "workspaceId", agent_id AS "agentId", id AS "keyId", scopes,
      rate_limit AS "rateLimit", NULL::timestamptz AS "tokenExpiresAt", expires_at AS "keyExpiresAt" FROM key`;
  return caller;
}
