import { ApiError, invalid } from '../errors.ts';
import { bodyTooLarge, checkJsonContentType } from '../http/content-type.ts';
import { isJsonObject, type JsonObject } from '../http/json-object.ts';
import type { RequestLike } from '../request/context.ts';
import { unknownNameError } from './did-you-mean.ts';
import type { Endpoint } from './endpoint.ts';

/** The parameters in a request's body. Throws VALIDATION_ERROR, PAYLOAD_TOO_LARGE or UNSUPPORTED_MEDIA_TYPE. */
export async function readBody(
  endpoint: Endpoint,
  request: RequestLike,
  maxBytes: number,
): Promise<JsonObject> {
  return pickParameters(endpoint, await readJson(request, maxBytes));
}

/** Throws VALIDATION_ERROR for an unknown key. Ignores the read-only fields of an item. */
function pickParameters({ parameters, readOnlyFields }: Endpoint, body: unknown): JsonObject {
  if (!isJsonObject(body)) throw invalid('body', 'must be a JSON object');
  // A fetched item that is sent back whole must not be moved to the position that it had when it was fetched.
  const isWholeItem = ['id', 'created_at', 'updated_at'].every(
    (key) => key in body && readOnlyFields.has(key),
  );
  const values: [string, unknown][] = [];
  for (const [key, value] of Object.entries(body)) {
    if (readOnlyFields.has(key) || (isWholeItem && key === 'position')) continue;
    if (!parameters.has(key)) throw unknownNameError(key, parameters);
    values.push([key, value]);
  }
  return Object.fromEntries(values);
}

/** Parses a body as JSON; an empty body is an empty object. */
async function readJson({ headers, body }: RequestLike, maxBytes: number): Promise<unknown> {
  const length = Number(headers.get('content-length') ?? 0);
  if (length > maxBytes) throw bodyTooLarge(length, maxBytes);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    // Read on to the end without keeping it: a client that is cut off while sending never sees the response.
    if (size <= maxBytes) chunks.push(chunk);
  }
  if (size > maxBytes) throw bodyTooLarge(size, maxBytes);
  if (size === 0) return {};
  checkJsonContentType(headers, { isTypeOptional: true });
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
  } catch {
    throw new ApiError('VALIDATION_ERROR', 'The body is not valid JSON.');
  }
}
