import { connect } from 'node:net';
import type pg from 'pg';
import { isStatementCancelled } from './errors.ts';
import type { TextQuery } from './text-query.ts';

/** The fields of node-postgres' client that identify its session; its types do not have them. */
type Session = pg.PoolClient & {
  host: string;
  port: number;
  processID: number;
  secretKey: number;
};

/** Ends the work of a request early. Its listeners cost a fraction of an AbortSignal's, which every statement would pay. */
export interface Cancellation {
  throwIfCancelled(): void;
  /** Calls the listener when the work is cancelled. Returns a function that removes it. */
  onCancel(listener: (reason: Error) => void): () => void;
  /** For waits; created when it is first asked for. */
  readonly signal: AbortSignal;
}

/**
 * False for a connection that the pool must close after an error. One whose statement was cancelled is kept: a burst of
 * cancelled requests would close all connections, and everybody would wait for new ones. But an error does not end a
 * statement that is read in steps, so its connection is closed.
 */
const isUsable = (error: Error | null, { rows }: TextQuery): boolean =>
  error === null || (isStatementCancelled(error) && rows === 0);

/**
 * Runs a query on a connection, and releases it. Once cancelled, PostgreSQL is asked to cancel the statement. Throws the
 * reason of the cancellation then, and else the query's error.
 */
export async function runCancellable(
  client: pg.PoolClient,
  query: TextQuery,
  cancellation?: Cancellation,
): Promise<void> {
  let request: Promise<void> | undefined;
  let isCancelled = false;
  const removeListener = cancellation?.onCancel(() => {
    isCancelled = true;
    request = cancel(client as Session);
  });
  const error = await new Promise<Error | null>((done) => {
    // It may have been cancelled while it waited for the connection.
    if (isCancelled) done(null);
    // The types have no callback for a prepared query object.
    else client.query(query as never, done as never);
  });
  removeListener?.();
  // The request must not arrive while the connection runs the next statement.
  await request;
  client.release(!isUsable(error, query));
  cancellation?.throwIfCancelled();
  if (error) throw error;
}

/** Milliseconds that a cancel request may take. */
const timeout = 2000;

/**
 * Sends a CancelRequest on a connection of its own, as the protocol demands, and resolves when the server has closed it:
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS
 */
function cancel({ host, port, processID, secretKey }: Session): Promise<void> {
  const request = Buffer.alloc(16);
  request.writeInt32BE(16, 0);
  request.writeInt16BE(1234, 4);
  request.writeInt16BE(5678, 6);
  request.writeInt32BE(processID, 8);
  request.writeInt32BE(secretKey, 12);
  return new Promise((resolve) => {
    const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
    socket.setTimeout(timeout, () => socket.destroy());
    socket.on('error', () => {}).on('close', () => resolve());
    socket.resume().end(request);
  });
}
