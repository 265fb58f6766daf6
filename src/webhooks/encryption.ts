import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { ApiError } from '../errors.ts';

const algorithm = 'aes-256-gcm';
const sizes = { nonce: 12, tag: 16 };

/** Encrypts what the database keeps and must be able to read again: the secrets of webhooks. */
export interface Encryption {
  /** In base64. */
  encrypt(text: string): string;
  /** Undefined where another key has encrypted it, or none. */
  decrypt(encrypted: string): string | undefined;
}

/** AES-256-GCM with a key that is derived from the given text. */
export function createEncryption(key: string): Encryption {
  const derived = Buffer.from(hkdfSync('sha256', key, '', 'items-gateway webhooks', 32));
  return {
    encrypt(text) {
      const nonce = randomBytes(sizes.nonce);
      const cipher = createCipheriv(algorithm, derived, nonce);
      const encrypted = [cipher.update(text, 'utf8'), cipher.final()];
      return Buffer.concat([nonce, cipher.getAuthTag(), ...encrypted]).toString('base64');
    },
    decrypt(encrypted) {
      const bytes = Buffer.from(encrypted, 'base64');
      const tagEnd = sizes.nonce + sizes.tag;
      try {
        const decipher = createDecipheriv(algorithm, derived, bytes.subarray(0, sizes.nonce));
        decipher.setAuthTag(bytes.subarray(sizes.nonce, tagEnd));
        const decrypted = decipher.update(bytes.subarray(tagEnd));
        return Buffer.concat([decrypted, decipher.final()]).toString();
      } catch {
        return undefined;
      }
    },
  };
}

/** The secret of a webhook, decrypted. Throws SERVICE_UNAVAILABLE where another key has encrypted it. */
export function decryptSecret(
  { decrypt }: Encryption,
  { id, secret }: { id: string; secret: string },
): string {
  const decrypted = decrypt(secret);
  if (decrypted !== undefined) return decrypted;
  throw new ApiError(
    'SERVICE_UNAVAILABLE',
    `The secret of webhook '${id}' was encrypted with another ENCRYPTION_KEY: set that one on all servers of this database, or rotate the secret.`,
  );
}
