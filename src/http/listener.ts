import type {
  IncomingMessage,
  OutgoingHttpHeaders,
  RequestListener,
  ServerResponse,
} from 'node:http';
import { type ApiError, invalid } from '../errors.ts';
import type { RequestLike } from '../request/request-like.ts';
import { compress } from './compression.ts';
import type { Cors } from './cors.ts';
import type { Handler, HandlerResponse } from './handler.ts';
import { type ResponseHeaders, summaryOf } from './response-headers.ts';

export interface ListenerOptions {
  handlers: readonly Handler[];
  responseHeaders: ResponseHeaders;
  cors: Cors;
  toErrorResponse(error: ApiError): HandlerResponse;
  /** Listens to all other requests. */
  fallback: RequestListener;
}

/** A request of `node:http`. */
class NodeRequest implements RequestLike {
  readonly headers: RequestLike['headers'];
  readonly #message: IncomingMessage;

  constructor(message: IncomingMessage) {
    this.#message = message;
    this.headers = { get: (name) => headerText(message.headers[name]) };
  }

  get method(): string {
    return this.#message.method ?? '';
  }

  get url(): string {
    const { headers, url } = this.#message;
    return `http://${headers.host ?? 'localhost'}${url}`;
  }

  get body(): IncomingMessage {
    return this.#message;
  }
}

const headerText = (header: string | string[] | undefined): string | null =>
  header === undefined ? null : String(header);

/**
 * The path and query of a request; undefined where its target or Host header is invalid. Several Host headers are (RFC
 * 9112, section 3.2). Proxies may send the absolute form (section 3.2.2), whose host is ignored.
 */
function targetOf(message: IncomingMessage): string | undefined {
  const { url = '', headers, headersDistinct } = message;
  if ((headersDistinct.host?.length ?? 0) > 1) return undefined;
  // Node keeps the first of several. Different ones are joined, which is no valid header: no key is chosen.
  const { authorization } = headersDistinct;
  if (new Set(authorization).size > 1) headers.authorization = authorization?.join(', ');
  if (!URL.canParse(`http://${headers.host ?? 'localhost'}`)) return undefined;
  if (url.startsWith('/')) return URL.canParse(`http://localhost${url}`) ? url : undefined;
  if (!/^https?:/i.test(url) || !URL.canParse(url)) return undefined;
  const { pathname, search } = new URL(url);
  return pathname + search;
}

/**
 * Sends the parts of a stream as fast as the client reads them, until it closes the connection. Without `pipeline`, which
 * creates three errors with their stacks for each client that leaves.
 */
async function sendParts(
  parts: AsyncIterable<string | Uint8Array>,
  response: ServerResponse,
): Promise<void> {
  for await (const part of parts) {
    if (response.destroyed) return;
    if (!response.write(part)) await drained(response);
  }
  response.end();
}

/** Resolves when the client has read what was sent, or has closed the connection. */
const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const end = () => {
      response.off('drain', end).off('close', end);
      resolve();
    };
    response.on('drain', end).on('close', end);
  });

/** Characters of an Accept header; a longer one is ignored, because Yoga takes milliseconds for it. */
const maxAcceptLength = 1000;

/** HTTP/1.0 has no chunks, without which a stream would have no end. */
const isStreamOverHttp10 = ({ httpVersion, headers: { accept = '' } }: IncomingMessage): boolean =>
  httpVersion === '1.0' && /event-stream|multipart/i.test(accept);

/**
 * Passes requests to their handlers without fetch's classes, which would cost as much as the rest of a small request. HEAD
 * is treated as GET.
 */
export function createListener({
  handlers,
  responseHeaders,
  cors,
  toErrorResponse,
  fallback,
}: ListenerOptions): RequestListener {
  const headRequests = new WeakSet<IncomingMessage>();

  async function respond(
    message: IncomingMessage,
    response: ServerResponse,
    handle: (request: RequestLike) => HandlerResponse | Promise<HandlerResponse>,
  ): Promise<void> {
    const request = new NodeRequest(message);
    responseHeaders.start(request, response);
    const { status, body, headers } = await compress(request, await handle(request));
    const isWhole = typeof body === 'string' || body instanceof Uint8Array;
    const summary = summaryOf(status, (name) => headers[name]);
    // Not by spreading: V8 would make a hidden class for each response, which minor garbage collections keep.
    const all: OutgoingHttpHeaders = Object.assign(
      {},
      headers,
      responseHeaders.finish(request, summary),
      cors.headersOf(message.headers.origin),
    );
    if (isWhole) all['Content-Length'] = Buffer.byteLength(body);
    response.writeHead(status, all);
    // A string body is written together with the head, in one system call.
    if (body === null || isWhole) response.end(body ?? undefined);
    else if (headRequests.has(message)) response.end();
    else await sendParts(body, response);
  }
  return (message, response) => {
    const abort = (error: Error) => void response.destroy(error);
    const target = targetOf(message);
    if (target === undefined) {
      const error = invalid('The request', 'has an invalid target or Host header.');
      respond(message, response, () => toErrorResponse(error)).catch(abort);
      return;
    }
    message.url = target;
    // Node.js knows from the original method that the response has no body.
    if (message.method === 'HEAD') {
      headRequests.add(message);
      message.method = 'GET';
    }
    const { method = '', headers } = message;
    if (isStreamOverHttp10(message) || (headers.accept?.length ?? 0) > maxAcceptLength)
      delete headers.accept;
    const url = new URL(`http://localhost${target}`);
    const handler = handlers.find((each) => each.handles(method, url.pathname));
    if (!handler) return fallback(message, response);
    respond(message, response, (request) => handler.handle(request, url)).catch(abort);
  };
}
