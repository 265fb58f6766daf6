import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { RequestLike } from '../request/request-like.ts';
import type { HandlerResponse } from './handler.ts';

type Encode = (content: Uint8Array, quality: number) => Promise<Uint8Array<ArrayBuffer>>;

const brotli = promisify(brotliCompress);
const gzipAt = promisify<Uint8Array, object, Buffer<ArrayBuffer>>(gzip);

/** The encodings that are offered, the smallest first. Qualities are those of Brotli, 0 to 11, and levels of gzip, 1 to 9. */
export const encodings: Readonly<Record<string, Encode>> = {
  br: (content, quality) =>
    brotli(content, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } }),
  gzip: (content, level) => gzipAt(content, { level }),
};

/** Characters of an Accept-Encoding header; a longer one is ignored, as a longer Accept is. */
const maxHeaderLength = 1000;

/** The first encoding that the client accepts. */
export function encodingFor({ headers }: RequestLike): string | undefined {
  const header = headers.get('accept-encoding');
  if (header === null || header.length > maxHeaderLength) return undefined;
  const accepted = acceptedBy(header);
  return Object.keys(encodings).find((name) => accepted.has(name));
}

/** The encodings that an `Accept-Encoding` header lists, and not with `q=0`. */
function acceptedBy(header: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const part of header.toLowerCase().split(',')) {
    const end = part.indexOf(';');
    if (end === -1) names.add(part.trim());
    else if (!/^q=0(\.0*)?$/.test(part.slice(end + 1).trim())) names.add(part.slice(0, end).trim());
  }
  return names;
}

/** Bytes up to which a response fits into one packet anyway. */
const minBytes = 1024;
/** A page of 50 items, 23 kB, takes 0.04 ms of CPU and becomes 4 kB; higher qualities take longer and save little. */
const quality = 1;

/**
 * Compresses a response where the client accepts it; streams and small responses are sent as they are. Its ETag becomes a
 * weak one (RFC 9110, section 8.8.1), as those of proxies that compress.
 */
export async function compress(
  request: RequestLike,
  response: HandlerResponse,
): Promise<HandlerResponse> {
  const { body, headers } = response;
  const isWhole = typeof body === 'string' || body instanceof Uint8Array;
  if (!isWhole || body.length < minBytes || headers['Content-Encoding'] !== undefined)
    return response;
  const encoding = encodingFor(request);
  const encode = encodings[encoding ?? ''];
  if (encoding === undefined || encode === undefined) return response;
  return {
    ...response,
    body: await encode(Buffer.from(body as string), quality),
    headers: {
      ...headers,
      'Content-Encoding': encoding,
      ...(headers.ETag !== undefined && { ETag: headers.ETag.replace(/^(?!W\/)/, 'W/') }),
    },
  };
}
