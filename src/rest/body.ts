import { ApiError } from '../errors.ts';
import { checkJsonContentType } from '../http/content-type.ts';
import type { RequestLike } from '../request/context.ts';

/**
 * A request's body as JSON; an empty one is an empty object. Throws UNSUPPORTED_MEDIA_TYPE, PAYLOAD_TOO_LARGE
 * over `maxBytes`, or VALIDATION_ERROR.
 */
export async function readJson(request: RequestLike, maxBytes: number): Promise<unknown> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    // Read to its end, but not kept: who is cut off while sending never gets the answer.
    if (size <= maxBytes) chunks.push(chunk);
  }
  if (size > maxBytes) throw tooLarge(maxBytes);
  if (size === 0) return {};
  checkJsonContentType(request.headers, { isTypeOptional: true });
  return parse(Buffer.concat(chunks));
}

const tooLarge = (maxBytes: number): ApiError =>
  new ApiError('PAYLOAD_TOO_LARGE', `The body must not be over ${maxBytes / 1024} KiB.`);

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new ApiError('VALIDATION_ERROR', 'The body is not valid JSON.');
  }
}
