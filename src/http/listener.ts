import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type ApiError, invalid } from '../errors.ts';
import type { IncomingRequest } from '../request/context.ts';
import type { ResponseHeaders } from './response-headers.ts';

/** A response that is ready to send. */
export interface Reply {
  status: number;
  /** JSON; null for a response without a body. */
  body: string | null;
  headers: Record<string, string>;
}

/** Answers the requests below a path. */
export interface Handler {
  basePath: string;
  reply(request: IncomingRequest, url: URL): Promise<Reply>;
  /** The response to a request that cannot be read. */
  refuse(error: ApiError): Reply;
}

/** A request of Node's as a handler reads it. */
class NodeRequest implements IncomingRequest {
  readonly headers: IncomingRequest['headers'];
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
 * The path and query that a request asks for; undefined where that cannot be told. A proxy may be asked by a whole URL
 * (RFC 9112, section 3.2.2), whose host does not matter here.
 */
function targetOf({ url = '', headers }: IncomingMessage): string | undefined {
  if (!URL.canParse(`http://${headers.host ?? 'localhost'}`)) return undefined;
  if (url.startsWith('/')) return URL.canParse(`http://localhost${url}`) ? url : undefined;
  if (!/^https?:/i.test(url) || !URL.canParse(url)) return undefined;
  const { pathname, search } = new URL(url);
  return pathname + search;
}

/**
 * Answers GETs at the REST door straight from Node: the classes of fetch cost as much as the rest of such a request.
 * All else goes to `others`; what a browser sends from another site too, for its reply has more headers.
 */
export function createListener(
  { basePath, reply, refuse }: Handler,
  replyHeaders: ResponseHeaders,
  others: RequestListener,
): RequestListener {
  async function send(
    message: IncomingMessage,
    response: ServerResponse,
    answer: (request: IncomingRequest) => Reply | Promise<Reply>,
  ): Promise<void> {
    const request = new NodeRequest(message);
    replyHeaders.start(request, response);
    const { status, body, headers } = await answer(request);
    const length = body === null ? {} : { 'Content-Length': Buffer.byteLength(body) };
    response.writeHead(status, { ...headers, ...replyHeaders.finish(request, status), ...length });
    // One text in one piece leaves in one write, together with its head.
    response.end(body ?? undefined);
  }
  return (message, response) => {
    const fail = (error: Error) => void response.destroy(error);
    const target = targetOf(message);
    if (target === undefined) {
      const error = invalid('The request', 'names no host and path that can be read.');
      send(message, response, () => refuse(error)).catch(fail);
      return;
    }
    message.url = target;
    const { method, headers } = message;
    const isRead = method === 'GET' || method === 'HEAD';
    if (!isRead || !target.startsWith(`${basePath}/`) || headers.origin !== undefined)
      return others(message, response);
    const url = new URL(`http://localhost${target}`);
    send(message, response, (request) => reply(request, url)).catch(fail);
  };
}
