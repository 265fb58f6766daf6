import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, type ErrorCode, isErrorCode } from '../../errors.ts';
import { StartupError } from '../../postgres/startup-error.ts';

/** Milliseconds of one request. */
const timeout = 60_000;
/** Attempts of one request. */
const maxAttempts = 12;
/** Milliseconds before the second attempt; twice as long before each further one, up to the maximum. */
const firstDelay = 250;
const maxDelay = 15_000;

/** Errors that a later attempt may not have. */
const passing: ReadonlySet<ErrorCode> = new Set([
  'SERVICE_UNAVAILABLE',
  'RATE_LIMITED',
  'IDEMPOTENCY_KEY_IN_USE',
]);

interface Request {
  method?: string;
  body?: unknown;
  idempotencyKey?: string;
}

interface Body {
  data?: unknown;
  /** Of REST. */
  error?: { code?: unknown; message?: unknown };
  /** Of GraphQL. */
  errors?: { message: string; extensions?: { code?: unknown } }[];
}

/** Calls a gateway, or another server that speaks the documented REST API. Repeats what may pass. */
export class GatewayClient {
  readonly url: string;
  readonly #key: string;
  #hasResponded = false;

  constructor({ url, key }: { url: string; key: string }) {
    this.url = url.replace(/\/+$/, '').replace(/\/api\/crm$/, '');
    this.#key = key;
  }

  /** Sends a REST request, whose path is below `/api/crm`, and returns its whole body. Throws ApiError. */
  async rest<Reply>(path: string, request?: Request): Promise<Reply> {
    return (await this.#send(`/api/crm${path}`, request)) as Reply;
  }

  /** Runs a GraphQL operation and returns its data. Throws ApiError for the first error. */
  async graphql<Data>(query: string, variables: object, idempotencyKey?: string): Promise<Data> {
    const body = { query, variables };
    const request = {
      method: 'POST',
      body,
      ...(idempotencyKey !== undefined && { idempotencyKey }),
    };
    return (await this.#send('/graphql', request)).data as Data;
  }

  /** The response of a download. Throws ApiError. */
  async download(path: string): Promise<Response> {
    const response = await this.#fetch(`/api/crm${path}`, {});
    if (!response.ok) throw errorOf(await bodyOf(response), response);
    return response;
  }

  async #send(path: string, request: Request = {}): Promise<Body> {
    for (let attempt = 1; ; attempt += 1) {
      const response = await this.#fetch(path, request, timeout).catch((error: Error) => error);
      const isLast = attempt === maxAttempts;
      if (response instanceof Error) {
        // A server that was there before may be restarting.
        if (isLast || !this.#hasResponded)
          throw new StartupError(`${this.url} cannot be reached: ${reasonOf(response)}`);
        await sleep(delayOf(attempt));
        continue;
      }
      this.#hasResponded = true;
      const body = await bodyOf(response);
      const isGood = response.ok && body.errors === undefined && body.error === undefined;
      if (isGood) return body;
      const error = errorOf(body, response);
      if (isLast || !passing.has(error.code)) throw error;
      const seconds = Number(response.headers.get('retry-after') ?? 0);
      await sleep(Math.max(seconds * 1000, delayOf(attempt)));
    }
  }

  #fetch(path: string, { method = 'GET', body, idempotencyKey }: Request, limit?: number) {
    return fetch(this.url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.#key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(limit !== undefined && { signal: AbortSignal.timeout(limit) }),
    });
  }
}

const delayOf = (attempt: number): number => Math.min(firstDelay * 2 ** (attempt - 1), maxDelay);

const reasonOf = ({ message, cause }: Error): string =>
  cause instanceof Error && cause.message !== '' ? cause.message : message;

/** The body as JSON; an empty object where it is none, as of a proxy's error page or a cut response. */
async function bodyOf(response: Response): Promise<Body> {
  try {
    return (await response.json()) as Body;
  } catch {
    return {};
  }
}

/** The codes of responses without one. */
const codesByStatus: Readonly<Record<number, ErrorCode>> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  413: 'PAYLOAD_TOO_LARGE',
  429: 'RATE_LIMITED',
};

function errorOf({ error, errors }: Body, { status, url }: Response): ApiError {
  const code = error?.code ?? errors?.[0]?.extensions?.code;
  const message = error?.message ?? errors?.[0]?.message;
  const byStatus = codesByStatus[status];
  if (isErrorCode(code)) return new ApiError(code, String(message));
  const unknown = status >= 500 || status === 200 ? 'SERVICE_UNAVAILABLE' : 'VALIDATION_ERROR';
  return new ApiError(byStatus ?? unknown, String(message ?? `${url} responded with ${status}`));
}
