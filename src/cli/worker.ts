import type { Logger } from 'pino';
import { createApp } from '../app.ts';
import type { Config } from '../config.ts';
import { listen, type RunningServer } from '../http/server.ts';
import { startRetention } from '../live/retention.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { AvailabilityListener } from '../postgres/availability.ts';
import { type Connection, openDatabase, type PrismaClient } from '../postgres/client.ts';
import { openReplica } from '../postgres/replica/replica.ts';
import { StartupError } from '../postgres/startup-error.ts';
import { connectToSupervisor } from '../workers/worker.ts';
import { availabilityLog, createLog } from './log.ts';
import { createMetricsIfServed } from './metrics.ts';

/** The settings of a process that serves requests. */
export interface WorkerSettings
  extends Pick<
    Config,
    | 'host'
    | 'port'
    | 'logLevel'
    | 'metricsPort'
    | 'slowRequest'
    | 'trustProxy'
    | 'access'
    | 'tokens'
    | 'changeLogDays'
    | 'webhooks'
    | 'limits'
  > {
  connection: Connection;
  /** A streaming replica of the database. */
  replica: Connection | undefined;
  /** Encrypts the secrets of webhooks. */
  encryptionKey: string | undefined;
  /** The key that the explorer sends. */
  explorerKey: string | undefined;
  /** The workspace whose keys do not work. */
  lockedWorkspaceId: string | undefined;
}

/** The application before it listens. */
interface PreparedServer {
  /** Throws StartupError if it cannot listen. */
  start(port: number): Promise<RunningServer>;
  metrics: Metrics | undefined;
}

/** Creates the application. */
export async function createServer(
  db: PrismaClient,
  settings: WorkerSettings,
  log: Logger,
): Promise<PreparedServer> {
  const {
    host,
    connection,
    replica: replicaConnection,
    explorerKey: demoKey,
    lockedWorkspaceId,
    trustProxy,
    access,
    tokens,
    slowRequest,
    limits,
    webhooks: { areDelivered, allowsPrivate },
    encryptionKey,
  } = settings;
  const replica =
    replicaConnection &&
    openReplica(db, {
      connection: replicaConnection,
      limits,
      listener: availabilityLog(log, 'replica'),
    });
  const metrics = await createMetricsIfServed(settings, () => ({ ...load(), pool: db.$pool }));
  const { listener, deliverWebhooks, load, endStreams, close } = createApp({
    db,
    log,
    connection,
    replica,
    demoKey,
    lockedWorkspaceId,
    trustProxy,
    access,
    tokens,
    slowRequest,
    sharesRates: true,
    webhooks: { allowsPrivate, encryptionKey },
    observers: metrics === undefined ? [] : [metrics.onRequestEnd],
    ...limits,
  });
  const start = async (port: number): Promise<RunningServer> => {
    const server = await listen(listener, { host, port, ...limits }).catch(
      ({ code, message }: NodeJS.ErrnoException) => {
        const reason = code === 'EADDRINUSE' ? 'the port is in use' : message;
        throw new StartupError(`Cannot listen on ${host}:${port}: ${reason}. Set PORT or HOST.`);
      },
    );
    const stopRetention = startRetention(db, settings.changeLogDays);
    if (areDelivered) deliverWebhooks();
    return {
      url: server.url,
      async close() {
        stopRetention();
        // Streams would last for as long as the server lets requests finish.
        endStreams();
        await server.close();
        await close();
        await replica?.close();
      },
    };
  };
  return { start, metrics };
}

/** Serves requests from when the supervisor tells this worker to listen until it tells it to stop. */
export async function runWorker(settings: WorkerSettings): Promise<void> {
  const log = createLog(settings);
  const outages = availabilityLog(log);
  // A standby logs nothing: the serving workers do.
  let isServing = false;
  const listener: AvailabilityListener = {
    onUnavailable: (error) => isServing && outages.onUnavailable(error),
    onAvailable: (milliseconds) => isServing && outages.onAvailable(milliseconds),
  };
  const { db, close } = openDatabase(settings.connection, listener, settings.limits);
  const { start, metrics } = await createServer(db, settings, log);
  // Connects, so that the first request need not. Without a database, requests fail until there is one.
  await db.$queryRaw`SELECT 1`.catch(() => {});
  const supervisor = connectToSupervisor(metrics?.toJson);
  try {
    const port = await supervisor.listen;
    isServing = true;
    const server = await start(port);
    await supervisor.stopped;
    await server.close();
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    await supervisor.fail(error.message);
  } finally {
    await close();
  }
}
