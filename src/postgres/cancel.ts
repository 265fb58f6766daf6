import { connect } from 'node:net';
import type pg from 'pg';

/** The fields of node-postgres' client that identify its session; its types do not have them. */
type Session = pg.PoolClient & {
  host: string;
  port: number;
  processID: number;
  secretKey: number;
};

/**
 * Runs a query on a connection of the pool. When the signal is aborted, PostgreSQL is asked to cancel the statement.
 * Throws the signal's reason then, and else the query's error.
 */
export async function runCancellable(
  pool: pg.Pool,
  query: pg.Query,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const client = (await pool.connect()) as Session;
  let cancellation: Promise<void> | undefined;
  const abort = () => {
    cancellation = cancel(client);
  };
  signal.addEventListener('abort', abort, { once: true });
  const error = await new Promise<Error | null>((done) => {
    if (signal.aborted) done(null);
    // The types have no callback for a prepared query object.
    else client.query(query as never, done as never);
  });
  signal.removeEventListener('abort', abort);
  // The request must not arrive while the connection runs the next statement.
  await cancellation;
  client.release(error ?? undefined);
  signal.throwIfAborted();
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
