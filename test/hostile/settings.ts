import process from 'node:process';

/** `HOSTILE=full` runs each attack longer, with more connections and on more data. */
export const isFull = process.env.HOSTILE === 'full';
/**
 * `HOSTILE=gate` makes each attack short, and prints the response times without bounds: the computer may be busy with
 * something else.
 */
const isGate = process.env.HOSTILE === 'gate';
export const boundsTimes = !isGate;

/** How long an attack repeats its requests, in ms. */
export const duration = isFull ? 15_000 : isGate ? 500 : 1500;
/** The same for requests that cost little each. */
export const shortDuration = isFull ? 5000 : isGate ? 250 : 500;
/** Connections that wait for their first request: each takes a file descriptor here and one in the server. */
export const halfOpenConnections = isFull ? 5000 : 2000;
/** Items of the attacked board. */
export const itemCount = isFull ? 200_000 : 20_000;

/** The bounds that every attack must stay within. */
export const bounds = {
  /** Bytes of memory of a serving process: while attacked, and 30 s later. */
  peakMemory: 450e6,
  memoryAfter: 250e6,
  /** The response times of a neighbour, as multiples of those in a quiet time. */
  median: 20,
  p99: 50,
};

/** Milliseconds after which a request counts as hanging. */
export const hangTimeout = 35_000;

export const fuzz = {
  requests: Number(process.env.FUZZ_REQUESTS ?? (isFull ? 50_000 : 3000)),
  seed: Number(process.env.FUZZ_SEED ?? 20250320),
  /** The number of the first request: with `FUZZ_REQUESTS=1`, one request is replayed. */
  first: Number(process.env.FUZZ_FIRST ?? 0),
};
