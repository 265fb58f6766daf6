import type { lookup } from 'node:dns';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { addressOf, createLookup, isPublicAddress, PrivateAddressError } from './address.ts';

/** The end of one POST. It has succeeded with a status of 200 to 299. */
export interface Outcome {
  /** Undefined without a response. */
  status?: number;
  /** Why it failed. */
  error?: string;
  milliseconds: number;
  /** The response's `Retry-After`, in milliseconds. */
  retryAfter?: number;
}

export interface Sender {
  /** Never rejects. */
  post(url: string, message: { headers: Record<string, string>; body: string }): Promise<Outcome>;
  close(): void;
}

export interface SenderOptions {
  /** True to send to private networks too, and by plain HTTP. */
  allowsPrivate: boolean;
  /** Milliseconds of a whole attempt. */
  timeout?: number;
  /** Resolves names, where private addresses are refused; the system's by default. */
  resolve?: typeof lookup;
}

/** Connections that are open at once to one endpoint. */
const maxSockets = 4;

/** Sends messages to endpoints. Private addresses are refused before a connection is opened; redirects are not followed. */
export function createSender({ allowsPrivate, timeout = 15_000, resolve }: SenderOptions): Sender {
  // An idle connection would be used again after its name has got another address.
  const agents = {
    'http:': new HttpAgent({ keepAlive: false, maxSockets }),
    'https:': new HttpsAgent({ keepAlive: false, maxSockets }),
  };

  function send(url: URL, headers: Record<string, string>, body: string): Promise<IncomingMessage> {
    const isSecure = url.protocol === 'https:';
    const address = addressOf(url);
    if (!allowsPrivate && address !== undefined && !isPublicAddress(address))
      throw new PrivateAddressError(address);
    return new Promise((resolvePromise, reject) => {
      (isSecure ? httpsRequest : httpRequest)(url, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json; charset=utf-8',
          'Content-Length': Buffer.byteLength(body),
          'User-Agent': 'items-gateway',
          ...headers,
        },
        agent: agents[isSecure ? 'https:' : 'http:'],
        ...(!allowsPrivate && { lookup: createLookup(resolve) }),
        signal: AbortSignal.timeout(timeout),
      })
        .on('response', resolvePromise)
        .on('error', reject)
        .end(body);
    });
  }

  return {
    async post(url, { headers, body }) {
      const start = performance.now();
      const milliseconds = () => Math.round(performance.now() - start);
      try {
        const response = await send(new URL(url), headers, body);
        // The status is the whole answer.
        response.on('error', () => {}).destroy();
        const { statusCode: status = 0 } = response;
        return {
          status,
          milliseconds: milliseconds(),
          ...(isSuccess(status) ? {} : { error: failureOf(status) }),
          ...retryAfterOf(response.headers['retry-after']),
        };
      } catch (error) {
        return { error: reasonOf(error, timeout), milliseconds: milliseconds() };
      }
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

const isSuccess = (status: number): boolean => status >= 200 && status < 300;

const failureOf = (status: number): string =>
  status >= 300 && status < 400
    ? `The endpoint redirects (${status}), which is not followed: use the final URL.`
    : `The endpoint responded with status ${status}.`;

function reasonOf(error: unknown, timeout: number): string {
  const { name, message } = error as Error;
  if (name === 'TimeoutError' || name === 'AbortError')
    return `The endpoint did not respond within ${timeout / 1000} seconds.`;
  return message.slice(0, 500) || name;
}

/** `Retry-After` is in seconds, or a date. */
function retryAfterOf(header: string | undefined): { retryAfter?: number } {
  if (header === undefined) return {};
  const wait = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return wait > 0 ? { retryAfter: wait } : {};
}
