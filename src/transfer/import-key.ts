import { createHash } from 'node:crypto';

/** A digest of what identifies an import or a part of it, for idempotency keys. */
export const importKey = (...parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22);
