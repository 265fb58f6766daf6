import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { RequestLike } from '../request/request-like.ts';
import type { HandlerResponse } from './listener.ts';

type Bytes = Buffer<ArrayBuffer>;

const brotli = promisify(brotliCompress);

/** The encodings that are offered, the smallest first. Brotli's quality 5 takes 100 ms for a megabyte, 11 takes 2 s. */
const encodings: Readonly<Record<string, (content: Bytes) => Promise<Bytes>>> = {
  br: (content) => brotli(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  gzip: promisify(gzip) as (content: Bytes) => Promise<Bytes>,
};

export interface ContentOptions {
  type: string;
  /** For browsers, like a content security policy. */
  headers?: Record<string, string>;
}

/** Content that stays the same while the process runs. It is loaded, hashed and compressed once, when it is first asked for. */
export class StaticContent {
  readonly #load: () => string | Bytes;
  readonly #options: ContentOptions;
  readonly #encoded = new Map<string, Promise<Bytes>>();
  #content: Bytes | undefined;
  #version: string | undefined;

  constructor(load: () => string | Bytes, options: ContentOptions) {
    this.#load = load;
    this.#options = options;
  }

  get content(): Bytes {
    this.#content ??= Buffer.from(this.#load() as string);
    return this.#content;
  }

  /** A hash of the content. */
  get version(): string {
    this.#version ??= createHash('sha256').update(this.content).digest('base64url').slice(0, 16);
    return this.#version;
  }

  /** The response to a GET: compressed, or a 304 where the client has this version. With `isVersioned`, for a year. */
  async respond({ headers }: RequestLike, isVersioned = false): Promise<HandlerResponse> {
    const accepted = headers.get('accept-encoding') ?? '';
    const encoding = Object.keys(encodings).find((name) => accepts(accepted, name));
    const etag = `"${this.version}${encoding ? `-${encoding}` : ''}"`;
    const common = {
      ETag: etag,
      'Cache-Control': isVersioned ? 'public, max-age=31536000, immutable' : 'no-cache',
      Vary: 'Accept, Accept-Encoding',
    };
    if (headers.get('if-none-match')?.includes(etag))
      return { status: 304, body: null, headers: common };
    return {
      status: 200,
      body: encoding === undefined ? this.content : await this.#encode(encoding),
      headers: {
        ...common,
        ...this.#options.headers,
        'Content-Type': this.#options.type,
        ...(encoding !== undefined && { 'Content-Encoding': encoding }),
      },
    };
  }

  #encode(encoding: string): Promise<Bytes> {
    const encode = encodings[encoding];
    const existing = this.#encoded.get(encoding);
    if (existing !== undefined || encode === undefined)
      return existing ?? Promise.resolve(this.content);
    const encoded = encode(this.content);
    this.#encoded.set(encoding, encoded);
    return encoded;
  }
}

/** True if an `Accept-Encoding` header lists the encoding, and not with `q=0`. */
const accepts = (header: string, name: string): boolean =>
  header
    .split(',')
    .some((part) => new RegExp(`^\\s*${name}\\s*(;(?!\\s*q=0(\\.0*)?\\s*$)|$)`, 'i').test(part));
