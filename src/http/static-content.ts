import { createHash } from 'node:crypto';
import type { RequestLike } from '../request/request-like.ts';
import { encodingFor, encodings } from './compression.ts';
import type { HandlerResponse } from './handler.ts';

type Bytes = Buffer<ArrayBuffer>;

/** Of both encodings. Brotli takes 100 ms for a megabyte, and 2 s with its best quality. */
const quality = 5;

export interface ContentOptions {
  type: string;
  /** For browsers, like a content security policy. */
  headers?: Record<string, string>;
}

/** Content that stays the same while the process runs. It is loaded, hashed and compressed once, when it is first asked for. */
export class StaticContent {
  readonly #load: () => string | Bytes;
  readonly #options: ContentOptions;
  readonly #encoded = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();
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
  async respond(request: RequestLike, isVersioned = false): Promise<HandlerResponse> {
    const encoding = encodingFor(request);
    const etag = `"${this.version}${encoding ? `-${encoding}` : ''}"`;
    const common = {
      ETag: etag,
      'Cache-Control': isVersioned ? 'public, max-age=31536000, immutable' : 'no-cache',
      Vary: 'Accept, Accept-Encoding',
    };
    if (request.headers.get('if-none-match')?.includes(etag))
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

  #encode(encoding: string): Promise<Uint8Array<ArrayBuffer>> {
    const encode = encodings[encoding];
    const existing = this.#encoded.get(encoding);
    if (existing !== undefined || encode === undefined)
      return existing ?? Promise.resolve(this.content);
    const encoded = encode(this.content, quality);
    this.#encoded.set(encoding, encoded);
    return encoded;
  }
}
