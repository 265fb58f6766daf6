import { availableParallelism } from 'node:os';
import { z } from 'zod';
import type { InFlightLimits } from './in-flight-limits.ts';

interface Bounds {
  min: number;
  max: number;
}

const count = (unit: string, { min, max }: Bounds) =>
  z.coerce
    .number(`must be a number of ${unit}`)
    .int('must be a whole number')
    .min(min, `must be at least ${min}`)
    .max(max, `must be at most ${max}`);

const numberOf = (unit: string, initial: number, bounds: Bounds) =>
  count(unit, bounds).default(initial);

const kibi = 1024;
const mebi = 1024 * kibi;
const million = 1_000_000;
const seconds = 1000;

/** One statement more than the database has cores, if it is on this computer: then others wait little for a core. */
const readsPerWorkspace = Math.min(6, availableParallelism() + 1);

/** The limits that are settings, by the names of their environment variables. docs/operating.md describes all limits. */
export const limitSettings = {
  RATE_LIMIT: numberOf('requests per minute', 6000, { min: 1, max: million }),
  AUTH_FAILURES_PER_MINUTE: numberOf('failures per minute', 30, { min: 1, max: million }),
  MAX_BODY_BYTES: numberOf('bytes', mebi, { min: kibi, max: 16 * mebi }),
  MEMORY_BUDGET_MB: numberOf('mebibytes', 48, { min: 8, max: 4096 }),
  MAX_REQUESTS_PER_KEY: numberOf('requests', 100, { min: 1, max: 10_000 }),
  MAX_REQUESTS_PER_WORKSPACE: numberOf('requests', 200, { min: 1, max: 10_000 }),
  MAX_REQUESTS_PER_PROCESS: numberOf('requests', 400, { min: 1, max: 10_000 }),
  MAX_READS_PER_WORKSPACE: numberOf('statements', readsPerWorkspace, { min: 1, max: 7 }),
  MAX_WAITING_REQUESTS: numberOf('requests', 2000, { min: 4, max: 100_000 }),
  QUEUE_TIMEOUT_SECONDS: numberOf('seconds', 5, { min: 1, max: 60 }),
  REQUEST_TIMEOUT_SECONDS: numberOf('seconds', 30, { min: 1, max: 600 }),
  STATEMENT_TIMEOUT_SECONDS: numberOf('seconds', 15, { min: 1, max: 600 }),
  POOL_SIZE: numberOf('connections', 20, { min: 2, max: 1000 }),
  MAX_ROWS: numberOf('rows', 30_000, { min: 500, max: million }),
  MAX_CONNECTIONS: numberOf('connections', 5000, { min: 10, max: million }),
  MAX_STREAMS_PER_KEY: numberOf('streams', 20, { min: 1, max: 10_000 }),
  MAX_STREAMS_PER_PROCESS: numberOf('streams', 2000, { min: 1, max: 100_000 }),
  MAX_CONNECTIONS_PER_ADDRESS: count('connections', { min: 0, max: million }).optional(),
};

const schema = z.object(limitSettings);

/** The limits of a process. Times are in milliseconds. */
export interface Limits {
  /** Requests per minute of a key that has no rate of its own. */
  rateLimit: number;
  /** Requests with invalid keys per minute and client address. */
  authFailures: number;
  maxBodyBytes: number;
  inFlight: InFlightLimits;
  /** Statements of a workspace that read at once. */
  readsPerWorkspace: number;
  requestTimeout: number;
  statementTimeout: number;
  /** Connections to the database, and as many to its replica. */
  poolSize: number;
  /** Rows of all lists of a request. */
  maxRows: number;
  /** Streams of changes. */
  streams: { process: number; key: number; maxAge: number };
  maxConnections: number;
  /** 0 for no limit. */
  maxConnectionsPerAddress: number;
}

/** Workspaces and keys have shares, so that one of them cannot take everything. */
export function limitsOf(settings: z.infer<typeof schema>, isBehindProxy = false): Limits {
  const budget = settings.MEMORY_BUDGET_MB * mebi;
  const waiting = settings.MAX_WAITING_REQUESTS;
  return {
    rateLimit: settings.RATE_LIMIT,
    authFailures: settings.AUTH_FAILURES_PER_MINUTE,
    maxBodyBytes: settings.MAX_BODY_BYTES,
    inFlight: {
      requests: {
        process: settings.MAX_REQUESTS_PER_PROCESS,
        workspace: settings.MAX_REQUESTS_PER_WORKSPACE,
        key: settings.MAX_REQUESTS_PER_KEY,
      },
      bytes: { process: budget, workspace: (budget * 2) / 3, key: budget / 2 },
      guaranteed: { requests: 8, bytes: mebi },
      waiting: { process: waiting, workspace: waiting / 2, key: waiting / 4 },
      waitTimeout: settings.QUEUE_TIMEOUT_SECONDS * seconds,
    },
    readsPerWorkspace: settings.MAX_READS_PER_WORKSPACE,
    requestTimeout: settings.REQUEST_TIMEOUT_SECONDS * seconds,
    statementTimeout: settings.STATEMENT_TIMEOUT_SECONDS * seconds,
    poolSize: settings.POOL_SIZE,
    maxRows: settings.MAX_ROWS,
    streams: {
      process: settings.MAX_STREAMS_PER_PROCESS,
      key: settings.MAX_STREAMS_PER_KEY,
      maxAge: 3600 * seconds,
    },
    maxConnections: settings.MAX_CONNECTIONS,
    maxConnectionsPerAddress: settings.MAX_CONNECTIONS_PER_ADDRESS ?? (isBehindProxy ? 0 : 1000),
  };
}

export const defaultLimits: Limits = limitsOf(schema.parse({}));
