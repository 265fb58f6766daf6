import cluster from 'node:cluster';

/**
 * The environment variable with the settings of a worker, as JSON. A worker without it asks its supervisor for them: it was
 * forked before they were known. Only the first one of a start is, so that workers and supervisors of different versions
 * understand each other, as after an upgrade of the code on disk and SIGHUP.
 */
export const settingsVariable = 'ITEMS_GATEWAY_WORKER';

/** Sent by the supervisor: the settings, as JSON; listen on a port; finish the requests, and end; send the metrics. */
export interface SupervisorMessage {
  settings?: string;
  listen?: number;
  stop?: true;
  readMetrics?: true;
}

/**
 * Sent by a worker: it waits for its settings; it can listen; the reason why it cannot; its metrics. An empty message is a
 * heartbeat.
 */
export interface WorkerMessage {
  asksForSettings?: true;
  isReady?: true;
  failure?: string;
  metrics?: unknown;
}

/** Milliseconds between two heartbeats. */
const heartbeatInterval = 2000;

/** Resolves when the message is sent. */
const send = (message: WorkerMessage): Promise<void> =>
  new Promise((resolve) => {
    if (cluster.worker?.isConnected()) cluster.worker.send(message, () => resolve());
    else resolve();
  });

/** The supervisor of this worker. */
export interface Supervisor {
  /** Resolves with the port when this worker is to listen. */
  listen: Promise<number>;
  /** Resolves when this worker is to stop. */
  stopped: Promise<void>;
  /** Reports why this worker cannot listen. */
  fail(reason: string): Promise<void>;
}

/** Sends heartbeats from the start, before the modules are loaded, which takes long on a busy computer. */
export function startHeartbeat(): void {
  setInterval(() => send({}), heartbeatInterval).unref();
}

/** Resolves with the settings of this worker when its supervisor knows them, which may take as long as a migration. */
export function askForSettings(): Promise<string> {
  const received = new Promise<string>((resolve) => {
    cluster.worker?.on('message', ({ settings }: SupervisorMessage) => {
      if (settings !== undefined) resolve(settings);
    });
  });
  send({ asksForSettings: true });
  return received;
}

/** Reports that this worker can listen. A worker whose supervisor has ended exits by itself. */
export function connectToSupervisor(metrics?: () => Promise<unknown>): Supervisor {
  const { worker } = cluster;
  const listen = new Promise<number>((resolve) => {
    worker?.on('message', ({ listen }: SupervisorMessage) => {
      if (listen !== undefined) resolve(listen);
    });
  });
  const stopped = new Promise<void>((resolve) => {
    worker?.on('message', ({ stop }: SupervisorMessage) => stop && resolve());
  });
  worker?.on('message', async ({ readMetrics }: SupervisorMessage) => {
    if (readMetrics) send({ metrics: await metrics?.() });
  });
  send({ isReady: true });
  return { listen, stopped, fail: (failure) => send({ failure }) };
}
