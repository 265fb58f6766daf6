import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import { hangTimeout } from './settings.ts';

interface Sample {
  /** The time of the request, as of `Date.now`. */
  at: number;
  /** null for a request that failed. */
  milliseconds: number | null;
  reason: string;
  /** All requests before this time have been answered, or have failed. */
  completeUntil: number;
}

/** Response times in ms. Failed requests count as infinitely slow. */
export interface ResponseTimes {
  median: number;
  p99: number;
  count: number;
  failures: string[];
}

function summarize(samples: readonly Sample[]): ResponseTimes {
  const times = samples.map(({ milliseconds }) => milliseconds ?? Number.POSITIVE_INFINITY);
  times.sort((a, b) => a - b);
  const quantile = (share: number) => times[Math.floor(share * (times.length - 1))] ?? 0;
  const failures = samples.filter(({ milliseconds }) => milliseconds === null);
  return {
    median: quantile(0.5),
    p99: quantile(0.99),
    count: times.length,
    failures: [...new Set(failures.map(({ reason }) => reason))],
  };
}

/** A client of another workspace, in a process of its own, which sends one small request every 50 ms. */
export class Neighbour {
  readonly #child: ChildProcess;
  readonly #samples: Sample[] = [];

  constructor(url: string, key: string) {
    const program = fileURLToPath(new URL('neighbour-process.ts', import.meta.url));
    const args = [url, key, String(hangTimeout)];
    this.#child = fork(program, args, { execArgv: ['--import', 'tsx'] });
    this.#child.on('message', (sample: Sample) => void this.#samples.push(sample));
  }

  /** The response times of the requests that were sent between two times, once they all have their responses. */
  async timesBetween(from: number, to: number): Promise<ResponseTimes> {
    const isComplete = () => this.#samples.some(({ completeUntil }) => completeUntil >= to);
    await vi.waitUntil(isComplete, { timeout: 2 * hangTimeout, interval: 20 });
    return summarize(this.#samples.filter(({ at }) => at >= from && at < to));
  }

  stop(): void {
    this.#child.disconnect();
  }
}
