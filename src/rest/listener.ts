import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Incoming } from '../context.ts';
import type { ReplyHeaders } from '../plugins/reply-headers.ts';
import type { Rest } from './plugin.ts';
import { basePath } from './routes.ts';

/** A request of Node's as the door reads it. */
class NodeRequest implements Incoming {
  readonly headers: Incoming['headers'];
  readonly #message: IncomingMessage;

  constructor(message: IncomingMessage) {
    this.#message = message;
    this.headers = { get: (name) => textOf(message.headers[name]) };
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

const textOf = (header: string | string[] | undefined): string | null =>
  header === undefined ? null : String(header);

/**
 * Answers GETs at the REST door straight from Node: the classes of fetch cost as much as the rest of such a request.
 * All else goes to `others`; what a browser sends from another site too, for its reply has more headers.
 */
export function listenerOf(
  { reply }: Rest,
  replyHeaders: ReplyHeaders,
  others: RequestListener,
): RequestListener {
  const send = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = new NodeRequest(message);
    replyHeaders.start(request);
    const url = new URL(message.url ?? '', 'http://localhost');
    const { status, body, headers } = await reply(request, url);
    const length = body === null ? {} : { 'Content-Length': Buffer.byteLength(body) };
    response.writeHead(status, { ...headers, ...replyHeaders.finish(request, status), ...length });
    // One text in one piece leaves in one write, together with its head.
    response.end(body ?? undefined);
  };
  return (message, response) => {
    const { method, url = '', headers } = message;
    if (method !== 'GET' || !url.startsWith(`${basePath}/`) || headers.origin !== undefined)
      return others(message, response);
    send(message, response).catch((error) => response.destroy(error));
  };
}
