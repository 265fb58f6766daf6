import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Connection } from '../../src/postgres/client.ts';
import { addCleanup } from './folders.ts';

/**
 * Starts a proxy in front of a server. Once a client sends `word`, nothing passes any more, on any connection, but none is
 * closed: as with a frozen server or a broken network. Returns the connection through it, and what lets all pass again.
 */
export async function startFreezingProxy(
  { host = '', port = 5432, ...login }: Connection,
  word: string,
): Promise<{ connection: Connection; thaw: () => void }> {
  let isFrozen = false;
  const sockets = new Set<Socket>();
  const pass = (from: Socket, to: Socket, isClient: boolean) => {
    sockets.add(from);
    from.on('error', () => {}).on('close', () => to.destroy());
    from.on('data', (data) => {
      isFrozen ||= isClient && data.includes(word);
      if (!isFrozen) to.write(data);
    });
  };
  const proxy = createServer((client) => {
    const server = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
    pass(client, server, true);
    pass(server, client, false);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  addCleanup(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  const { port: own } = proxy.address() as AddressInfo;
  const thaw = () => {
    isFrozen = false;
  };
  return { connection: { ...login, host: '127.0.0.1', port: own }, thaw };
}
