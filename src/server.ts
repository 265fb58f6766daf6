import { createServer, type Server } from 'node:http';
import type { App } from './app.ts';

export interface RunningServer {
  /** `http://host:port`, with the port that was really taken. */
  url: string;
  /** Takes no new requests, lets those in flight end (at most 10 s), and resolves. */
  close(): Promise<void>;
}

const seconds = 1000;

/** Listens. Slow senders and idle connections have an end; times are milliseconds. */
export async function listen(
  app: App,
  { host, port }: { host: string; port: number },
): Promise<RunningServer> {
  const server = createServer(
    {
      headersTimeout: 10 * seconds,
      requestTimeout: 30 * seconds,
      keepAliveTimeout: 65 * seconds,
      connectionsCheckingInterval: 5 * seconds,
    },
    app.listener,
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, resolve);
  });
  const address = server.address();
  const taken = typeof address === 'object' && address !== null ? address.port : port;
  const name = host.includes(':') ? `[${host}]` : host;
  return { url: `http://${name}:${taken}`, close: () => close(server) };
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
