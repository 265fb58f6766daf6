import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';

/**
 * The key that encrypts the secrets of webhooks: ENCRYPTION_KEY, or one that is kept beside the embedded database.
 * Undefined for another database without ENCRYPTION_KEY, which all its servers must share.
 */
export function readEncryptionKey({
  encryptionKey,
  databaseUrl,
  dataDir,
}: Pick<Config, 'encryptionKey' | 'databaseUrl' | 'dataDir'>): string | undefined {
  if (encryptionKey !== undefined || databaseUrl !== undefined) return encryptionKey;
  const path = join(dataDir, 'encryption.key');
  try {
    // Fails where the file exists.
    writeFileSync(path, randomBytes(32).toString('hex'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFileSync(path, 'utf8').trim();
}
