import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';

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
