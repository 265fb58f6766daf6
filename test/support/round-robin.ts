import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';

/**
 * A proxy that passes requests to servers in turns. It tries the next one only if the connection is refused, and never
 * repeats a request that was sent. Returns the function that stops it.
 */
export async function createRoundRobin(
  port: number,
  ports: readonly number[],
): Promise<() => Promise<void>> {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 16 });
  let turn = 0;

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method, url: path, headers } = incoming;
    let body = '';
    for await (const chunk of incoming.setEncoding('utf8')) body += chunk;
    turn += 1;
    const first = turn;
    const send = (attempts: number): void => {
      const target = ports[(first + attempts) % ports.length];
      const sent = request({ agent, host: '127.0.0.1', port: target, method, path, headers });
      sent.on('response', (response) => {
        const { connection: _, ...rest } = response.headers;
        outgoing.writeHead(response.statusCode ?? 502, rest);
        response.pipe(outgoing);
      });
      sent.on('error', ({ code }: NodeJS.ErrnoException) => {
        if (code === 'ECONNREFUSED' && attempts < ports.length) send(attempts + 1);
        else outgoing.writeHead(502).end(JSON.stringify({ success: false, code }));
      });
      sent.end(body);
    };
    send(1);
  }

  const server = createServer((incoming, outgoing) => void pass(incoming, outgoing));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    agent.destroy();
  };
}
