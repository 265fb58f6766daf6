import { HttpConnection } from './connection.ts';

export interface Load {
  port: number;
  /** The next request. */
  request: () => Buffer;
  /** Connections at once. */
  connections: number;
  seconds: number;
}

/** What a load met with. Times are milliseconds. */
export interface Measure {
  requests: number;
  perSecond: number;
  p50: number;
  p99: number;
}

/** Requests in turn, again and again. */
export function inTurn(requests: readonly Buffer[]): () => Buffer {
  let next = 0;
  return () => requests[next++ % requests.length] ?? Buffer.alloc(0);
}

/** Keeps every connection busy for a while. Throws where an answer is an error. */
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

/** GraphQL answers 200 all the same. */
const graphqlErrors = Buffer.from('"errors":[');

/** Sends one request after the other until `end`; the milliseconds of each. */
async function timesOf(connection: HttpConnection, request: () => Buffer, end: number) {
  const times: number[] = [];
  for (let before = performance.now(); before < end; ) {
    const { status, body } = await connection.send(request());
    if ((status !== 200 && status !== 201) || body.includes(graphqlErrors))
      throw new Error(`a server answered ${status}: ${body}`);
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

/** The value that this share of the values does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);
