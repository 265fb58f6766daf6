import {
  createServer,
  type RequestListener,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { defaultLimits } from '../limits/settings.ts';
import { type ConnectionLimits, limitConnections } from './connections.ts';
import { disconnectSlowClients } from './slow-clients.ts';

export interface RunningServer {
  /** `http://host:port`, with the actual port where `port` was 0. */
  url: string;
  /** Stops accepting connections, and resolves when the requests in flight have ended, or after 10 s. */
  close(): Promise<void>;
}

const seconds = 1000;

/** Starts an HTTP server with timeouts for slow and idle clients. */
export async function listen(
  listener: RequestListener,
  { host, port, ...limits }: { host: string; port: number } & Partial<ConnectionLimits>,
): Promise<RunningServer> {
  const server = createServer(
    {
      headersTimeout: 10 * seconds,
      requestTimeout: 30 * seconds,
      keepAliveTimeout: 65 * seconds,
      connectionsCheckingInterval: 5 * seconds,
    },
    listener,
  );
  // http's method closes idle connections at once, while their clients may be sending a request. node:cluster calls it too.
  server.close = NetServer.prototype.close as typeof server.close;
  server.on('clientError', respondToInvalidRequest);
  limitConnections(server, { ...defaultLimits, ...limits });
  disconnectSlowClients(server);
  const connections: Connections = new Map();
  server.on('connection', (socket) => {
    connections.set(socket, null);
    socket.once('close', () => connections.delete(socket));
  });
  server.on('request', ({ socket }, response) => connections.set(socket, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, resolve);
  });
  const address = server.address();
  const actualPort = typeof address === 'object' && address !== null ? address.port : port;
  return { url: urlOf(host, actualPort), close: () => drain(server, connections) };
}

export const urlOf = (host: string, port: number): string =>
  `http://${host.includes(':') ? `[${host}]` : host}:${port}`;

/** Status and message by the error code of Node's HTTP parser. */
const parserErrors: Readonly<Record<string, [number, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'The URL or the headers of the request are too long.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request took too long to arrive.'],
};
const invalidRequest: [number, string] = [400, 'The request is not valid HTTP.'];

/** Responds to a request that Node cannot parse or that is late, and closes the connection. */
function respondToInvalidRequest({ code = '' }: NodeJS.ErrnoException, socket: Duplex): void {
  if (code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [status, message] = parserErrors[code] ?? invalidRequest;
  const error = { code: 'VALIDATION_ERROR', message };
  const body = JSON.stringify({ success: false, status_code: status, error });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      'Cache-Control: private, no-store\r\nX-Content-Type-Options: nosniff\r\n' +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

const drainTimeout = 10 * seconds;
/** Milliseconds after which an idle connection is closed while the server drains: its client may be sending a request. */
const idleTimeout = 1 * seconds;

/** The connections of a server, each with its last response; null before the first. */
type Connections = Map<Socket, ServerResponse | null>;

/** Lets the requests in flight finish, and asks their clients to close the connection. */
function drain(server: Server, connections: Connections): Promise<void> {
  server.keepAliveTimeout = idleTimeout;
  server.prependListener('request', ({ socket }, response) => {
    socket.setTimeout(0);
    response.setHeader('Connection', 'close');
  });
  for (const [socket, response] of connections) {
    if (response === null || response.writableFinished) {
      socket.setTimeout(idleTimeout, () => socket.destroy());
    } else if (!response.headersSent) response.setHeader('Connection', 'close');
  }
  return new Promise((resolve) => {
    const timeout = setTimeout(() => server.closeAllConnections(), drainTimeout);
    server.close(() => {
      clearTimeout(timeout);
      resolve();
    });
  });
}
