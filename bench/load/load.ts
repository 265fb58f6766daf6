import { HttpConnection } from './http-connection.ts';

export interface Load {
  port: number;
  /** The next request. */
  request: () => Buffer;
  /** Concurrent connections. */
  connections: number;
  seconds: number;
}

/** The result of a load. Times are in ms. */
export interface Measure {
  requests: number;
  perSecond: number;
  p50: number;
  p99: number;
}

/** Repeats requests in their order. */
export function roundRobin(requests: readonly Buffer[]): () => Buffer {
  let next = 0;
  return () => requests[next++ % requests.length] ?? Buffer.alloc(0);
}

/** Sends requests on every connection for `seconds`. Throws on an error response. */
export async function runLoad({ port, request, connections, seconds }: Load): Promise<Measure> {
  const open = await Promise.all(
    Array.from({ length: connections }, () => HttpConnection.open(port)),
  );
  const start = performance.now();
  const end = start + seconds * 1000;
  try {
    const all = await Promise.all(open.map((connection) => timesOf(connection, request, end)));
    return measureOf(all.flat(), performance.now() - start);
  } finally {
    for (const connection of open) connection.close();
  }
}

/** GraphQL errors have status 200. */
export const graphqlErrors = Buffer.from('"errors":[');

/** Sends one request after the other until `end`; returns the ms of each. */
async function timesOf(connection: HttpConnection, request: () => Buffer, end: number) {
  const times: number[] = [];
  for (let before = performance.now(); before < end; ) {
    const { status, body } = await connection.send(request());
    if ((status !== 200 && status !== 201) || body.includes(graphqlErrors))
      throw new Error(`a server responded ${status}: ${body}`);
    const after = performance.now();
    times.push(after - before);
    before = after;
  }
  return times;
}

const measureOf = (times: readonly number[], milliseconds: number): Measure => ({
  requests: times.length,
  perSecond: (times.length * 1000) / milliseconds,
  p50: quantile(times, 0.5),
  p99: quantile(times, 0.99),
});

/** The value that `share` of the values does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);
