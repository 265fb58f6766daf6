import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Limits } from '../../limits/settings.ts';
import { networkOf } from '../../request/client-address.ts';
import { ConnectionOrder, type OpenConnection } from './connection-order.ts';

export type ConnectionLimits = Pick<Limits, 'maxConnections' | 'maxConnectionsPerAddress'>;

/** Milliseconds that `drain` takes at most. */
const drainTimeout = 10_000;
/** Milliseconds after which an idle connection is closed while the server drains: its client may be sending a request. */
const idleTimeout = 1000;

/** The open connections of a server, limited in total and by address. */
class Connections {
  readonly #limits: ConnectionLimits;
  readonly #open = new Map<Socket, OpenConnection>();
  readonly #all = new ConnectionOrder();
  readonly #byAddress = new Map<string, ConnectionOrder>();

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  [Symbol.iterator](): Iterator<OpenConnection> {
    return this.#open.values();
  }

  /** Adds a new connection, or closes it where it does not fit and no other can be closed for it. */
  accept(socket: Socket): void {
    const address = networkOf(socket.remoteAddress ?? '') ?? '';
    if (!this.#makeRoom(address)) return void socket.destroy();
    const connection: OpenConnection = { socket, address };
    this.#open.set(socket, connection);
    this.#all.add(connection);
    this.#orderOf(address).add(connection);
    socket.once('close', () => this.#remove(connection));
  }

  /** A request begins on its connection. */
  begin(message: IncomingMessage, response: ServerResponse): void {
    const connection = this.#open.get(message.socket);
    if (connection === undefined) return;
    Object.assign(connection, { message, response });
    const orders = [this.#all, this.#orderOf(connection.address)];
    for (const order of orders) order.begin(connection, message);
    response.once('close', () => {
      // A pipelined request may have begun, and the connection may be closed.
      if (connection.response !== response || !this.#open.has(message.socket)) return;
      for (const order of orders) order.finish(connection);
    });
  }

  /** Returns false where a limit is reached by connections with requests in flight. */
  #makeRoom(address: string): boolean {
    const { maxConnections, maxConnectionsPerAddress } = this.#limits;
    const sameAddress = this.#byAddress.get(address);
    const isAddressFull =
      maxConnectionsPerAddress > 0 && (sameAddress?.size ?? 0) >= maxConnectionsPerAddress;
    if (sameAddress !== undefined && isAddressFull && !this.#closeOldest(sameAddress)) return false;
    return this.#all.size < maxConnections || this.#closeOldest(this.#all);
  }

  /** Closes one connection. Returns false where all have requests in flight. */
  #closeOldest(order: ConnectionOrder): boolean {
    const connection = order.oldest();
    if (connection === undefined) return false;
    this.#remove(connection);
    connection.socket.destroy();
    return true;
  }

  #orderOf(address: string): ConnectionOrder {
    const order = this.#byAddress.get(address) ?? new ConnectionOrder();
    this.#byAddress.set(address, order);
    return order;
  }

  #remove(connection: OpenConnection): void {
    const { socket, address } = connection;
    if (!this.#open.delete(socket)) return;
    this.#all.remove(connection);
    const sameAddress = this.#byAddress.get(address);
    sameAddress?.remove(connection);
    if (sameAddress?.size === 0) this.#byAddress.delete(address);
  }
}

/**
 * Limits the connections of a server, and those of each address. Where a new one does not fit, the connection is closed
 * that has waited longest for a complete request, or else the one that has been idle longest, so that half-open
 * connections never lock out new clients. Where all have requests in flight, the new one is closed.
 *
 * Returns a function that stops accepting connections, lets the requests in flight finish, and asks their clients to close
 * the connection. It resolves when all are closed.
 */
export function limitConnections(server: Server, limits: ConnectionLimits): () => Promise<void> {
  const connections = new Connections(limits);
  server.on('connection', (socket) => connections.accept(socket));
  server.prependListener('request', (message: IncomingMessage, response: ServerResponse) =>
    connections.begin(message, response),
  );
  return () => drain(server, connections);
}

function drain(server: Server, connections: Iterable<OpenConnection>): Promise<void> {
  server.keepAliveTimeout = idleTimeout;
  server.prependListener('request', ({ socket }, response) => {
    socket.setTimeout(0);
    response.setHeader('Connection', 'close');
  });
  for (const { socket, response } of connections) {
    if (response === undefined || response.writableFinished)
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
