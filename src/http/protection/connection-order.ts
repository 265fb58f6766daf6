import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface OpenConnection {
  socket: Socket;
  address: string;
  /** The last request whose headers are complete; undefined before the first. */
  message?: IncomingMessage;
  response?: ServerResponse;
}

/** True while the connection has not sent its first or its current request completely. */
const isIncomplete = ({ message }: OpenConnection): boolean =>
  message === undefined || !message.complete;

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;

/**
 * Some open connections, in the order in which they may be closed. Each step takes the same time however many they are: a
 * flood of new connections would otherwise search thousands of others for each.
 */
export class ConnectionOrder {
  #size = 0;
  /** Connections that wait for a request, the longest first, and some that have received theirs since. */
  readonly #waiting = new Set<OpenConnection>();
  /** Connections whose last response is sent, the longest first. */
  readonly #idle = new Set<OpenConnection>();

  get size(): number {
    return this.#size;
  }

  add(connection: OpenConnection): void {
    this.#size += 1;
    this.#waiting.add(connection);
  }

  remove(connection: OpenConnection): void {
    this.#size -= 1;
    this.#waiting.delete(connection);
    this.#idle.delete(connection);
  }

  /** A request begins, whose body may still be arriving. */
  begin(connection: OpenConnection, message: IncomingMessage): void {
    this.#idle.delete(connection);
    this.#waiting.delete(connection);
    if (hasBody(message)) this.#waiting.add(connection);
  }

  /** The last request has its response. */
  finish(connection: OpenConnection): void {
    this.#idle.add(connection);
  }

  /**
   * The connection that has waited longest for a complete request, or else the one that has been idle longest; undefined
   * where all have requests in flight.
   */
  oldest(): OpenConnection | undefined {
    for (const connection of this.#waiting) {
      if (isIncomplete(connection)) return connection;
      this.#waiting.delete(connection);
    }
    const [idle] = this.#idle;
    return idle;
  }
}
