import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { PrismaClient } from '../postgres/client.ts';
import { createEncryption } from '../webhooks/encryption.ts';

type KeySettings = Pick<Config, 'encryptionKey' | 'databaseUrl' | 'dataDir'>;

const pathOf = ({ dataDir }: KeySettings): string => join(dataDir, 'encryption.key');

/**
 * The key that encrypts the secrets of webhooks: ENCRYPTION_KEY, or one that is kept beside the embedded database.
 * Undefined for another database without ENCRYPTION_KEY, which all its servers must share.
 */
export function readEncryptionKey(config: KeySettings): string | undefined {
  if (config.encryptionKey !== undefined || config.databaseUrl !== undefined)
    return config.encryptionKey;
  try {
    // Fails where the file exists.
    writeFileSync(pathOf(config), randomBytes(32).toString('hex'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return findEncryptionKey(config);
}

/** The same key, or undefined where there is none yet. */
export function findEncryptionKey(config: KeySettings): string | undefined {
  if (config.encryptionKey !== undefined || config.databaseUrl !== undefined)
    return config.encryptionKey;
  const path = pathOf(config);
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}

/** Says which secrets of webhooks the key cannot decrypt, and what to do. */
export function secretProblems(
  webhooks: readonly { id: string; secret: string }[],
  key: string | undefined,
): string[] {
  if (webhooks.length === 0) return [];
  if (key === undefined)
    return [
      'There are webhooks, and no ENCRYPTION_KEY: set it to the key that they were created with.',
    ];
  const { decrypt } = createEncryption(key);
  return webhooks
    .filter(({ secret }) => decrypt(secret) === undefined)
    .map(
      ({ id }) =>
        `The secret of ${id} has another ENCRYPTION_KEY: set that one, or rotate the secret.`,
    );
}

/** Warns of webhooks that cannot be sent with the key of this process. */
export async function warnOfSecrets(
  db: PrismaClient,
  key: string | undefined,
  log: Logger,
): Promise<void> {
  const webhooks = await db.webhook.findMany({
    where: { disabledAt: null },
    select: { id: true, secret: true },
    orderBy: { id: 'asc' },
    take: 1000,
  });
  const problems = secretProblems(webhooks, key);
  const count = key === undefined ? webhooks.length : problems.length;
  if (count > 0) log.warn({ webhooks: count }, `webhooks are not sent. ${problems[0]}`);
}
