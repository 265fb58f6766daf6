import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Limits } from '../limits/settings.ts';
import { networkOf } from '../request/client-address.ts';

interface OpenConnection {
  address: string;
  /** The number of its current request, or of itself before the first: all are numbered as they begin. */
  turn: number;
  /** The last request whose headers are complete; undefined before the first. */
  message?: IncomingMessage;
  response?: ServerResponse;
}

export type ConnectionLimits = Pick<Limits, 'maxConnections' | 'maxConnectionsPerAddress'>;

/** True while the connection has not sent its first or its current request completely. */
const isIncomplete = ({ message }: OpenConnection): boolean =>
  message === undefined || !message.complete;

const isIdle = ({ response }: OpenConnection): boolean => response?.writableFinished === true;

/** Milliseconds that `drain` takes at most. */
const drainTimeout = 10_000;
/** Milliseconds after which an idle connection is closed while the server drains: its client may be sending a request. */
const idleTimeout = 1000;

/** The open connections of a server. */
export interface Connections {
  /**
   * Stops accepting connections, lets the requests in flight finish, and asks their clients to close the connection.
   * Resolves when all are closed.
   */
  drain(): Promise<void>;
}

/**
 * Limits the connections of a server, and those of each address. Where a new one does not fit, the connection is closed
 * that has waited longest for a complete request, or else the one that has been idle longest, so that half-open
 * connections never lock out new clients. Where all have requests in flight, the new one is closed.
 */
export function limitConnections(
  server: Server,
  { maxConnections, maxConnectionsPerAddress }: ConnectionLimits,
): Connections {
  /** Its entries stay where they are: in a Map that each request changes, V8 keeps old requests alive for longer. */
  const connections = new Map<Socket, OpenConnection>();
  const counts = new Map<string, number>();
  let turns = 0;

  /** Closes one of the connections of an address, or of all. Returns false where all have requests in flight. */
  function closeOldest(address?: string): boolean {
    const socket = oldest(isIncomplete, address) ?? oldest(isIdle, address);
    if (socket === undefined) return false;
    remove(socket);
    socket.destroy();
    return true;
  }

  function oldest(
    matches: (connection: OpenConnection) => boolean,
    address: string | undefined,
  ): Socket | undefined {
    let found: Socket | undefined;
    let turn = Number.POSITIVE_INFINITY;
    for (const [socket, connection] of connections) {
      if (connection.turn > turn || !matches(connection)) continue;
      if (address !== undefined && connection.address !== address) continue;
      found = socket;
      ({ turn } = connection);
    }
    return found;
  }

  function remove(socket: Socket): void {
    const connection = connections.get(socket);
    if (connection === undefined) return;
    connections.delete(socket);
    const count = (counts.get(connection.address) ?? 1) - 1;
    if (count === 0) counts.delete(connection.address);
    else counts.set(connection.address, count);
  }

  server.on('connection', (socket) => {
    const address = networkOf(socket.remoteAddress ?? '') ?? '';
    const isAddressFull =
      maxConnectionsPerAddress > 0 && (counts.get(address) ?? 0) >= maxConnectionsPerAddress;
    if (isAddressFull && !closeOldest(address)) return void socket.destroy();
    if (connections.size >= maxConnections && !closeOldest()) return void socket.destroy();
    connections.set(socket, { address, turn: turns++ });
    counts.set(address, (counts.get(address) ?? 0) + 1);
    socket.once('close', () => remove(socket));
  });
  server.prependListener('request', (message: IncomingMessage, response: ServerResponse) => {
    const connection = connections.get(message.socket);
    if (connection === undefined) return;
    Object.assign(connection, { turn: turns++, message, response });
  });

  function drain(): Promise<void> {
    server.keepAliveTimeout = idleTimeout;
    server.prependListener('request', ({ socket }, response) => {
      socket.setTimeout(0);
      response.setHeader('Connection', 'close');
    });
    for (const [socket, connection] of connections) {
      const { response } = connection;
      if (response === undefined || isIdle(connection))
        socket.setTimeout(idleTimeout, () => socket.destroy());
      else if (!response.headersSent) response.setHeader('Connection', 'close');
    }
    return new Promise((resolve) => {
      const timeout = setTimeout(() => server.closeAllConnections(), drainTimeout);
      server.close(() => {
        clearTimeout(timeout);
        resolve();
      });
    });
  }
  return { drain };
}
