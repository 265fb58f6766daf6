import { createServer, type RequestListener, type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { disconnectSlowClients } from './slow-clients.ts';

export interface RunningServer {
  /** `http://host:port`, with the port that was really taken. */
  url: string;
  /** Takes no new requests, lets those in flight end (at most 10 s), and resolves. */
  close(): Promise<void>;
}

const seconds = 1000;

const maxConnections = 5000;

/** Listens. Slow senders and idle connections have an end; times are milliseconds. */
export async function listen(
  listener: RequestListener,
  { host, port }: { host: string; port: number },
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
  server.on('clientError', refuse);
  server.maxConnections = maxConnections;
  disconnectSlowClients(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, resolve);
  });
  const address = server.address();
  const taken = typeof address === 'object' && address !== null ? address.port : port;
  const name = host.includes(':') ? `[${host}]` : host;
  return { url: `http://${name}:${taken}`, close: () => close(server) };
}

const unreadable: Readonly<Record<string, [number, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'The address or the headers of the request are too long.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request took too long to arrive.'],
};

/** The answer to what is no HTTP request, or is not in time; after it nothing else can be read there. */
function refuse({ code = '' }: NodeJS.ErrnoException, socket: Duplex): void {
  if (code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [status, message] = unreadable[code] ?? [
    400,
    'This is not an HTTP request that can be read.',
  ];
  const error = { code: 'VALIDATION_ERROR', message };
  const body = JSON.stringify({ success: false, status_code: status, error });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

const drainTime = 10 * seconds;

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const hurry = setTimeout(() => server.closeAllConnections(), drainTime);
    // A connection that is kept alive becomes idle only once its answer is out.
    const sweep = setInterval(() => server.closeIdleConnections(), 50);
    server.close(() => {
      clearTimeout(hurry);
      clearInterval(sweep);
      resolve();
    });
  });
}
