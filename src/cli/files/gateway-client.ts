import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, type ErrorCode, type ErrorDetail, isErrorCode } from '../../errors.ts';
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
  /** True where some fields of a document may refuse their input. */
  isPartial?: true;
}

interface Body {
  data?: unknown;
  /** Of REST. */
  error?: { code?: unknown; message?: unknown; details?: readonly ErrorDetail[] };
  /** Of GraphQL. */
  errors?: GraphQLError[];
}

interface GraphQLError {
  message: string;
  path?: unknown[];
  extensions?: { code?: unknown; details?: readonly ErrorDetail[] };
}

/** Calls a gateway, or another server that speaks the documented REST API. Repeats what may pass. */
export class GatewayClient {
  readonly url: string;
  readonly #key: string;
  readonly #advice: string;
  #hasResponded = false;

  /** `advice` is what to do where the server cannot be reached. */
  constructor({ url, key, advice }: { url: string; key: string; advice: string }) {
    this.url = url.replace(/\/+$/, '').replace(/\/api\/crm$/, '');
    this.#key = key;
    this.#advice = advice;
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

  /** Runs mutations that may refuse their input: returns the result or the error of an alias. Throws ApiError for others. */
  async mutate<Result>(
    query: string,
    variables: object,
    idempotencyKey: string,
  ): Promise<(alias: string) => Result | string> {
    const body = { query, variables };
    const request = { method: 'POST', body, idempotencyKey, isPartial: true } as const;
    const { data, errors = [] } = await this.#send('/graphql', request);
    const results = data as Record<string, Result | null>;
    const messageOf = (alias: string) =>
      errors.find(({ path }) => path?.[0] === alias)?.message ?? 'no result';
    return (alias) => results[alias] ?? messageOf(alias);
  }

  /** The response of a download. Throws ApiError, or StartupError where the server cannot be reached. */
  async download(path: string): Promise<Response> {
    const response = await this.#fetch(`/api/crm${path}`, {}).catch((error: Error) => {
      throw this.#unreachable(error);
    });
    if (!response.ok) throw errorOf(await bodyOf(response), response);
    return response;
  }

  async #send(path: string, request: Request = {}): Promise<Body> {
    for (let attempt = 1; ; attempt += 1) {
      const response = await this.#fetch(path, request, timeout).catch((error: Error) => error);
      const isLast = attempt === maxAttempts;
      if (response instanceof Error) {
        // A server that was there before may be restarting.
        if (isLast || !this.#hasResponded) throw this.#unreachable(response);
        await sleep(delayOf(attempt));
        continue;
      }
      this.#hasResponded = true;
      const body = await bodyOf(response);
      const hasFailed = body.errors !== undefined && !(request.isPartial && isComplete(body));
      if (response.ok && !hasFailed && body.error === undefined) return body;
      const error = errorOf(body, response);
      if (isLast || !passing.has(error.code)) throw error;
      // It may be a date.
      const seconds = Number(response.headers.get('retry-after')) || 0;
      await sleep(Math.max(seconds * 1000, delayOf(attempt)));
    }
  }

  #unreachable(error: Error): StartupError {
    return new StartupError(`${this.url} cannot be reached: ${reasonOf(error)}. ${this.#advice}`);
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

/** The error of a host with several addresses has no message, but one error for each address. */
function reasonOf({ message, cause }: Error): string {
  if (cause instanceof AggregateError)
    return cause.errors.map((one: Error) => one.message).join('; ');
  return cause instanceof Error && cause.message !== '' ? cause.message : message;
}

/** The body as JSON; an empty object where it is none, as of a proxy's error page or a cut response. */
async function bodyOf(response: Response): Promise<Body> {
  try {
    return (await response.json()) as Body;
  } catch {
    return {};
  }
}

/** Whether each field has a result, or an input that is refused. */
const isComplete = ({ data, errors = [] }: Body): boolean =>
  data != null && errors.every(isRefusal);

const isRefusal = ({ extensions }: GraphQLError): boolean =>
  extensions?.code === 'VALIDATION_ERROR';

/** The codes of responses without one. */
const codesByStatus: Readonly<Record<number, ErrorCode>> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  413: 'PAYLOAD_TOO_LARGE',
  429: 'RATE_LIMITED',
};

function errorOf({ error, errors }: Body, { status, url }: Response): ApiError {
  const first = errors?.find((one) => !isRefusal(one)) ?? errors?.[0];
  const code = error?.code ?? first?.extensions?.code;
  const message = error?.message ?? first?.message;
  const given = error?.details ?? first?.extensions?.details;
  const byStatus = codesByStatus[status];
  if (status === 401) {
    // Another server may have details of another form.
    const details: readonly ErrorDetail[] = Array.isArray(given) ? given : [];
    const reasons = details.map((detail) => `; ${detail.field} ${detail.message}`);
    const text = `${new URL(url).origin}: ${message ?? 'Not authenticated'}${reasons.join('')}`;
    return new ApiError('UNAUTHENTICATED', text);
  }
  if (isErrorCode(code)) return new ApiError(code, String(message));
  const unknown = status >= 500 || status === 200 ? 'SERVICE_UNAVAILABLE' : 'VALIDATION_ERROR';
  return new ApiError(byStatus ?? unknown, String(message ?? `${url} responded with ${status}`));
}
