import { createServer } from 'node:http';
import { AggregatorRegistry } from 'prom-client';
import { StartupError } from '../postgres/startup-error.ts';
import type { MetricsJson } from './metrics.ts';

export interface MetricsServer {
  port: number;
  close(): void;
}

const seconds = 1000;

/**
 * Serves the metrics of some processes at `/metrics`, in the text format of Prometheus. Throws StartupError where it cannot
 * listen.
 */
export async function serveMetrics(
  collect: () => Promise<MetricsJson[]>,
  { host, port }: { host: string; port: number },
): Promise<MetricsServer> {
  const server = createServer(
    { headersTimeout: 5 * seconds, requestTimeout: 5 * seconds },
    async ({ method, url = '' }, response) => {
      if (method !== 'GET' || url.split('?')[0] !== '/metrics')
        return void response.writeHead(404).end();
      try {
        const registry = AggregatorRegistry.aggregate(await collect());
        const text = await registry.metrics();
        response.writeHead(200, { 'Content-Type': registry.contentType }).end(text);
      } catch {
        response.writeHead(500).end();
      }
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, resolve);
  }).catch(({ message }: Error) => {
    throw new StartupError(`Cannot serve metrics: ${message}. Set METRICS_PORT.`);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Adds the label `worker` to all metrics of a process. */
export const labelled = (metrics: MetricsJson, worker: string): MetricsJson =>
  metrics.map((metric) => ({
    ...metric,
    values: metric.values.map((value) => ({ ...value, labels: { ...value.labels, worker } })),
  }));
