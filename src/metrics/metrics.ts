import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from 'prom-client';
import type { EndedRequest } from '../http/request-log.ts';
import { deliveryAttempts, statementTimes, waits } from '../postgres/diagnostics.ts';

/** The state of a process that is read when its metrics are. */
export interface ProcessState {
  /** Requests in flight, waiting requests, and the bytes that they have reserved. */
  inFlight: Readonly<Record<'requests' | 'waiting' | 'bytes', number>>;
  streams: number;
  /** Connections to the database: all, idle ones, and waits for one. */
  pool: { totalCount: number; idleCount: number; waitingCount: number };
}

/** The metrics of one process, as JSON that can be sent to another. */
export type MetricsJson = MetricObjectWithValues<MetricValue<string>>[];

/** The metrics of a process that serves requests. */
export interface Metrics {
  onRequestEnd(ended: EndedRequest): void;
  toJson(): Promise<MetricsJson>;
}

/** Seconds: of a request, of a statement or a wait, and of a delivery. */
const requestBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
const statementBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10];
const lagBuckets = [0.1, 0.5, 1, 5, 30, 300, 3600, 36_000];

/** Registers the metrics of this process. No label has a key, a workspace or a text of a client. */
export function createMetrics(stateOf: () => ProcessState): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const requestLabels = ['api', 'operation'] as const;
  const seconds = new Histogram({
    name: 'items_gateway_request_seconds',
    help: 'Time from the head of a request to the end of its response; without streams.',
    labelNames: ['api', 'operation', 'status'],
    buckets: requestBuckets,
    registers,
  });
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name: `items_gateway_${name}_total`, help, labelNames, registers });
  const errors = counter('errors', 'Responses with an error, by its code.', ['api', 'code']);
  const aborted = counter('aborted_requests', 'Requests whose client left early.', ['api']);
  const bytes = counter('response_bytes', 'Bytes of responses.', ['api']);
  const rows = counter('rows', 'Rows that were read.', [...requestLabels]);
  const statements = counter(
    'request_statements',
    'SQL statements by request; a transaction is one.',
    [...requestLabels],
  );
  observeTimes(registers);
  registerGauges(registers, stateOf);
  collectDefaultMetrics({ register: registry });
  return {
    onRequestEnd({ record, status, milliseconds, bytes: sent, isAborted }) {
      const { api = 'other', operation = 'other', code, isLong, statements: stats } = record;
      if (!isLong) seconds.observe({ api, operation, status }, milliseconds / 1000);
      if (code !== undefined) errors.inc({ api, code });
      if (isAborted && !isLong) aborted.inc({ api });
      bytes.inc({ api }, sent);
      rows.inc({ api, operation }, stats.rows);
      statements.inc({ api, operation }, stats.count);
    },
    toJson: () => registry.getMetricsAsJSON() as Promise<MetricsJson>,
  };
}

/** Observes the statements, waits and deliveries of this process. */
function observeTimes(registers: Registry[]): void {
  const statementSeconds = new Histogram({
    name: 'items_gateway_statement_seconds',
    help: 'Time of a SQL statement, or of a transaction.',
    buckets: statementBuckets,
    registers,
  });
  const waitSeconds = new Histogram({
    name: 'items_gateway_wait_seconds',
    help: 'Time that something waits for its turn, by queue.',
    labelNames: ['queue'],
    buckets: statementBuckets,
    registers,
  });
  const lagSeconds = new Histogram({
    name: 'items_gateway_webhook_lag_seconds',
    help: 'Time from a commit to each attempt to deliver it to a webhook.',
    labelNames: ['result'],
    buckets: lagBuckets,
    registers,
  });
  statementTimes.subscribe((milliseconds) => statementSeconds.observe(milliseconds / 1000));
  waits.subscribe(({ queue, milliseconds }) => waitSeconds.observe({ queue }, milliseconds / 1000));
  deliveryAttempts.subscribe(({ isDelivered, lag }) =>
    lagSeconds.observe({ result: isDelivered ? 'delivered' : 'failed' }, lag / 1000),
  );
}

/** Registers the metrics that are read from the state of this process. */
function registerGauges(registers: Registry[], stateOf: () => ProcessState): void {
  const gauge = (name: string, help: string, read: (state: ProcessState) => number) =>
    new Gauge({
      name: `items_gateway_${name}`,
      help,
      registers,
      collect() {
        this.set(read(stateOf()));
      },
    });
  gauge('requests_in_flight', 'Requests in flight.', ({ inFlight }) => inFlight.requests);
  gauge('requests_waiting', 'Requests that wait to begin.', ({ inFlight }) => inFlight.waiting);
  gauge('reserved_bytes', 'Bytes that requests have reserved.', ({ inFlight }) => inFlight.bytes);
  gauge('streams', 'Open streams.', ({ streams }) => streams);
  gauge('pool_connections', 'Connections to the database.', ({ pool }) => pool.totalCount);
  gauge('pool_idle_connections', 'Idle connections to the database.', ({ pool }) => pool.idleCount);
  gauge('pool_waiting', 'Statements that wait for a connection.', ({ pool }) => pool.waitingCount);
}
