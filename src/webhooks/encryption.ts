import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const algorithm = 'aes-256-gcm';
const sizes = { nonce: 12, tag: 16 };

/** Encrypts what the database keeps and must be able to read again: the secrets of webhooks. */
export interface Encryption {
  /** In base64. */
  encrypt(text: string): string;
  /** Throws if another key has encrypted it. */
  decrypt(encrypted: string): string;
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
      const decipher = createDecipheriv(algorithm, derived, bytes.subarray(0, sizes.nonce));
      decipher.setAuthTag(bytes.subarray(sizes.nonce, tagEnd));
      return Buffer.concat([decipher.update(bytes.subarray(tagEnd)), decipher.final()]).toString();
    },
  };
}
