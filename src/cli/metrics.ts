import type { Config } from '../config.ts';
import { urlOf } from '../http/server.ts';
import type { Metrics, MetricsJson, ProcessState } from '../metrics/metrics.ts';
import type { WorkerMetrics } from '../workers/metrics.ts';

/** Collects the metrics of this process, if there is a port for them. */
export async function createMetricsIfServed(
  { metricsPort }: Pick<Config, 'metricsPort'>,
  stateOf: () => ProcessState,
): Promise<Metrics | undefined> {
  if (metricsPort === undefined) return undefined;
  // Processes without metrics load nothing of them.
  const { createMetrics } = await import('../metrics/metrics.ts');
  return createMetrics(stateOf);
}

/** Where the metrics are served; undefined without METRICS_PORT. */
export interface ServedMetrics {
  url: string;
  close(): void;
}

/** Serves the metrics of these processes, if there is a port for them. Throws StartupError where it cannot listen. */
export async function startMetrics(
  { host, metricsPort }: Pick<Config, 'host' | 'metricsPort'>,
  read: () => Promise<WorkerMetrics[]>,
): Promise<ServedMetrics | undefined> {
  if (metricsPort === undefined) return undefined;
  const { labelled, serveMetrics } = await import('../metrics/server.ts');
  const collect = async () =>
    (await read()).map(({ worker, values }) => labelled(values as MetricsJson, worker));
  const { port, close } = await serveMetrics(collect, { host, port: metricsPort });
  return { url: `${urlOf(host, port)}/metrics`, close };
}
