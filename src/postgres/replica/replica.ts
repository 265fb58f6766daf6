import type pg from 'pg';
import { ApiError } from '../../errors.ts';
import type { AvailabilityListener } from '../availability.ts';
import { runCancellable } from '../cancel.ts';
import type {
  Cells,
  Connection,
  DatabaseLimits,
  Reader,
  RowsOptions,
  RowsStatement,
} from '../client.ts';
import { isConnectionLost, isStatementCancelled } from '../errors.ts';
import { statementNames } from '../statement-names.ts';
import { TextQuery } from '../text-query.ts';
import { committed, logEndOf } from './log-end.ts';
import { ReplicaConnections } from './replica-connections.ts';
import { trackOutage } from './replica-outage.ts';
import { ReplicaWatch } from './replica-watch.ts';
import { shared } from './shared-calls.ts';

/** Milliseconds that a read waits for the replica until it goes to the primary. */
const maxWait = 50;

export interface Replica extends Reader {
  close(): Promise<void>;
}

interface ReplicaOptions {
  connection: Connection;
  limits?: DatabaseLimits;
  listener?: AvailabilityListener | undefined;
}

/**
 * A reader that sends each statement to a replica once that has everything that was committed on the primary before;
 * otherwise, and where the replica fails, to the primary. So it never reads behind any write (docs/decisions/read-replicas.md).
 */
export function openReplica(
  primary: Reader,
  { connection, limits = {}, listener }: ReplicaOptions,
): Replica {
  const connections = new ReplicaConnections(primary, connection, limits);
  const nameOf = statementNames();
  const watch = new ReplicaWatch(connection);
  const end = shared(async () => logEndOf((await primary.$rows(committed))[0]));
  const outage = trackOutage(listener);

  /** Undefined where the primary is to be read. */
  async function connect(): Promise<pg.PoolClient | undefined> {
    if (!outage.mayTry()) return undefined;
    const target = await end();
    const deadline = performance.now() + maxWait;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<undefined>((resolve) => {
      // Later than the deadline: it ends the wait only where the server does not answer at all.
      timer = setTimeout(() => resolve(undefined), maxWait * 2);
    });
    try {
      const client = await Promise.race([connections.connectAt(target, deadline), timeout]);
      if (client === undefined) outage.fail(new Error('it has not caught up'));
      else outage.end();
      return client;
    } catch (error) {
      outage.fail(error as Error);
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    async $rows(statement, options = {}) {
      const client = await connect();
      if (client === undefined) return primary.$rows(statement, options);
      try {
        return await rowsOf(client, statement, options);
      } catch (error) {
        options.cancellation?.throwIfCancelled();
        if (error instanceof ApiError || isStatementCancelled(error)) throw error;
        if (isConnectionLost(error)) outage.fail(error as Error);
        // For example, the replica cancels a statement that may need rows which it has to remove (a recovery conflict).
        return primary.$rows(statement, options);
      }
    },
    close: () => connections.close(),
  };

  async function rowsOf(
    client: pg.PoolClient,
    { text, values }: RowsStatement,
    { step = 0, enough, cancellation }: RowsOptions,
  ): Promise<Cells[]> {
    const query = new TextQuery({ name: nameOf(text), text, values, step, enough });
    const unwatch = watch.begin(client);
    try {
      await runCancellable(client, query, cancellation);
    } finally {
      unwatch();
    }
    return query.takeRows();
  }
}
