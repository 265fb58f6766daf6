import { performance } from 'node:perf_hooks';

/** Milliseconds between two checks. */
const checkInterval = 10_000;
/** Bytes of memory that an idle worker may keep. */
const maxMemory = 200e6;
/** The share of its time in which the event loop of an idle worker is busy, at most. */
const maxUtilization = 0.2;

/**
 * Collects garbage while this process is idle and large, which takes some 40 ms. V8 collects it when objects are
 * allocated, so that a worker with little to do would keep the memory of its busiest moment for minutes. `memoryOf`
 * returns the resident set of this process, in bytes.
 */
export function releaseIdleMemory(memoryOf: () => number): void {
  let last = performance.eventLoopUtilization();
  const check = () => {
    const { utilization } = performance.eventLoopUtilization(last);
    last = performance.eventLoopUtilization();
    if (utilization < maxUtilization && memoryOf() > maxMemory) globalThis.gc?.();
  };
  setInterval(check, checkInterval).unref();
}
