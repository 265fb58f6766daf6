/** The headers of our responses that pages may read. */
const exposedHeaders = [
  'Board-Revision',
  'Content-Disposition',
  'ETag',
  'Idempotency-Replayed',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'WWW-Authenticate',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-Request-Id',
];

/** CORS for the pages of some origins. No cookies: callers send their key or token themselves. */
export class Cors {
  readonly #origins: ReadonlySet<string>;

  /** '*' stands for all origins. */
  constructor(origins: readonly string[]) {
    this.#origins = new Set(origins);
  }

  /** The headers of a response to a request with this `Origin`. */
  headersOf(origin: string | undefined): Record<string, string> {
    if (origin === undefined || !this.#allows(origin)) return {};
    return {
      'Access-Control-Allow-Origin': origin,
      'Access-Control-Expose-Headers': exposedHeaders.join(', '),
    };
  }

  /** Yoga's options for the requests that it responds to, preflights among them. */
  optionsOf({ headers }: Pick<Request, 'headers'>) {
    const origin = headers.get('origin') ?? '';
    // The maximum age is in seconds: Chromium's limit.
    return this.#allows(origin) && { origin, credentials: false, maxAge: 7200, exposedHeaders };
  }

  #allows(origin: string): boolean {
    return this.#origins.has('*') || this.#origins.has(origin);
  }
}
