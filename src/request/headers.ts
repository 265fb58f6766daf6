import { ApiError } from '../errors.ts';

type Headers = { get(name: string): string | null };

/** The `Idempotency-Key` header. Throws VALIDATION_ERROR. */
export function readIdempotencyKey(headers: Headers): string | undefined {
  const key = headers.get('idempotency-key')?.trim();
  if (key === undefined || /^[\x21-\x7e]{1,200}$/.test(key)) return key;
  throw new ApiError(
    'VALIDATION_ERROR',
    'The Idempotency-Key must be 1 to 200 printable ASCII characters without spaces, like a UUID.',
  );
}

/** The API key from the bearer token or the `api_key` header; undefined where the two differ. */
export function readApiKey(headers: Headers): string | undefined {
  const authorization = headers.get('authorization');
  const apiKey = headers.get('api_key');
  if (authorization === null) return apiKey ?? undefined;
  const token = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
  return apiKey === null || apiKey === token ? token : undefined;
}
