import { ApiError } from '../errors.ts';

const notUtf8 = (message: string): ApiError => new ApiError('VALIDATION_ERROR', message);

const decoder = new TextDecoder('utf-8', { fatal: true });

/** The text of a body, without a byte order mark. Throws VALIDATION_ERROR for bytes that are not UTF-8. */
export function decodeBody(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw notUtf8(
      'The body is not UTF-8. Convert it from its encoding to UTF-8 before sending it.',
    );
  }
}

/** Throws VALIDATION_ERROR where the percent-encoded bytes of a URL are not UTF-8: fetch's `URL` would replace them. */
export function checkUrlEncoding(url: string): void {
  for (const [bytes] of url.matchAll(/(?:%[\da-f]{2})+/gi)) {
    try {
      decodeURIComponent(bytes);
    } catch {
      const shown = bytes.length > 60 ? `${bytes.slice(0, 60)}…` : bytes;
      throw notUtf8(
        `${shown} in the URL is not UTF-8. Write é, for example, as %C3%A9, not as %E9.`,
      );
    }
  }
}
