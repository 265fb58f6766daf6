import { createServer, type RequestListener, STATUS_CODES } from 'node:http';
import { Server as NetServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { defaultLimits } from '../limits/settings.ts';
import { paceBodies } from './protection/body-pace.ts';
import { limitChunks } from './protection/chunks.ts';
import { type ConnectionLimits, limitConnections } from './protection/connections.ts';
import { limitPipelining } from './protection/pipelining.ts';
import { disconnectSlowClients } from './protection/slow-clients.ts';
import { limitRequestTime } from './protection/slow-requests.ts';

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
      // See limitRequestTime.
      requestTimeout: 0,
      keepAliveTimeout: 65 * seconds,
      connectionsCheckingInterval: 5 * seconds,
    },
    limitPipelining(listener),
  );
  // http's method closes idle connections at once, while their clients may be sending a request. node:cluster calls it too.
  server.close = NetServer.prototype.close as typeof server.close;
  server.on('clientError', respondToInvalidRequest);
  const drain = limitConnections(server, { ...defaultLimits, ...limits });
  // After limitChunks, which is called before it.
  paceBodies(server);
  server.prependListener('request', limitChunks);
  limitRequestTime(server);
  disconnectSlowClients(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, resolve);
  });
  const address = server.address();
  const actualPort = typeof address === 'object' && address !== null ? address.port : port;
  return { url: urlOf(host, actualPort), close: drain };
}

/** The URL of a host and a port; an IPv6 address is put in brackets. */
export const urlOf = (host: string, port: number): string =>
  `http://${host.includes(':') ? `[${host}]` : host}:${port}`;

/** Status and message by the error code of Node's HTTP parser. */
const parserErrors: Readonly<Record<string, [number, string]>> = {
  HPE_INVALID_URL: [400, 'The URL is not valid. Percent-encode its text as UTF-8: é is %C3%A9.'],
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
