import { IncomingMessage } from 'node:http';
import { ApiError } from '../errors.ts';
import { checkJson } from '../limits/json.ts';
import type { Turns } from '../limits/turns.ts';
import type { Context } from '../request/context.ts';
import { checkJsonContentType } from './content-type.ts';
import { decodeBody } from './utf8.ts';

const tooLarge = (bytes: number, maxBytes: number): ApiError =>
  new ApiError('PAYLOAD_TOO_LARGE', `The body has ${bytes} bytes; the limit is ${maxBytes} bytes.`);

/** Bytes above which bodies take turns: parsing them, and coercing their values, takes milliseconds. */
const largeBytes = 32 * 1024;

export interface BodyOptions {
  maxBytes: number;
  turns: Turns;
}

/**
 * Parses the body of a request as JSON; an empty one is an empty object. Throws VALIDATION_ERROR, PAYLOAD_TOO_LARGE,
 * UNSUPPORTED_MEDIA_TYPE, or SERVICE_UNAVAILABLE where its turn does not come.
 */
export type ReadBody = (context: Context) => Promise<unknown>;

/** Creates the function that reads bodies of at most `maxBytes`; large ones take turns. */
export const createBodyReader =
  ({ maxBytes, turns }: BodyOptions): ReadBody =>
  async ({ request, caller, lifetime }) => {
    const bytes = await readBytes(request, maxBytes);
    if (bytes.length === 0) return {};
    checkJsonContentType(request.headers, { isTypeOptional: true });
    if (bytes.length > largeBytes) await turns.take(caller.keyId, lifetime.signal);
    checkJson(bytes);
    const text = decodeBody(bytes);
    try {
      return JSON.parse(text);
    } catch (error) {
      const { message } = error as SyntaxError;
      throw new ApiError('VALIDATION_ERROR', `The body is not valid JSON: ${message}.`);
    }
  };

async function readBytes(
  { headers, body }: Context['request'],
  maxBytes: number,
): Promise<Uint8Array> {
  const length = Number(headers.get('content-length') ?? 0);
  if (length > maxBytes) throw tooLarge(length, maxBytes);
  // Most bodies arrive with their head. To iterate such a stream would cost more than to parse its JSON.
  if (length > 0 && body instanceof IncomingMessage && body.readableLength === length)
    return body.read() as Uint8Array;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    // Read on to the end without keeping it: a client that is cut off while sending never sees the response.
    if (size <= maxBytes) chunks.push(chunk);
  }
  if (size > maxBytes) throw tooLarge(size, maxBytes);
  return Buffer.concat(chunks);
}
