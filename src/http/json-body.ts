import { ApiError } from '../errors.ts';
import type { RequestLike } from '../request/context.ts';
import { checkJsonContentType } from './content-type.ts';
import { decodeBody } from './utf8.ts';

const tooLarge = (bytes: number, maxBytes: number): ApiError =>
  new ApiError('PAYLOAD_TOO_LARGE', `The body has ${bytes} bytes; the limit is ${maxBytes} bytes.`);

/**
 * Parses the body of a request as JSON; an empty one is an empty object. Throws VALIDATION_ERROR, PAYLOAD_TOO_LARGE or
 * UNSUPPORTED_MEDIA_TYPE.
 */
export async function readJsonBody(
  { headers, body }: Pick<RequestLike, 'headers' | 'body'>,
  maxBytes: number,
): Promise<unknown> {
  const length = Number(headers.get('content-length') ?? 0);
  if (length > maxBytes) throw tooLarge(length, maxBytes);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    // Read on to the end without keeping it: a client that is cut off while sending never sees the response.
    if (size <= maxBytes) chunks.push(chunk);
  }
  if (size > maxBytes) throw tooLarge(size, maxBytes);
  if (size === 0) return {};
  checkJsonContentType(headers, { isTypeOptional: true });
  const text = decodeBody(Buffer.concat(chunks));
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError('VALIDATION_ERROR', 'The body is not valid JSON.');
  }
}
