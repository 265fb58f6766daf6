import { ApiError, Unauthenticated } from '../errors.ts';

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

/** The headers that hold a key and nothing else. */
const keyHeaders = ['api_key', 'x-api-key'];

/**
 * The API key or token, which all headers that may have it and the token of the URL must agree on; undefined where there is
 * none. Throws UNAUTHENTICATED, with a hint, where they differ or `Bearer` is missing.
 */
export function readCredential(headers: Headers, urlToken?: string): string | undefined {
  const keys = [urlToken ?? [], ...keyHeaders.map((name) => headers.get(name) || [])].flat();
  const authorization = headers.get('authorization');
  if (authorization) {
    const token = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
    if (token === undefined) throw new Unauthenticated('must be Bearer, a space and the API key');
    keys.push(token);
  }
  const [key] = keys;
  if (keys.some((other) => other !== key))
    throw new Unauthenticated('has another key than the other headers, or the URL');
  return key;
}
