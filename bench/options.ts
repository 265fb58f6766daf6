import { parseArgs } from 'node:util';
import { type Plan, scaleBoards } from './board.ts';

export interface Options {
  /** Seconds of one round. */
  seconds: number;
  rounds: number;
  connections: number;
  /** Only what has this in its name. */
  only: string;
  /** The boards to measure growth on; empty: servers are compared instead. */
  scale: readonly Plan[];
  dataDir: string | undefined;
  profile: boolean;
  /** Writes are measured, not reads. */
  writes: boolean;
}

export const usage = `Usage: npm run bench -- [writes] [flags]
  writes              writes instead of reads, against a bare server with the same statement
  --only TEXT         only cases with this in their names
  --seconds N         seconds of a round (0.7; writes: 0.35)
  --rounds N          rounds of each server and case (5; writes: 3)
  --connections N     connections at once (16)
  --scale [10k,1M]    growth with the size of a board instead: 10k, 100k and 1M
  --profile           where the CPU time of our server goes instead
  --data DIR          keeps the embedded database there, for the next run
BENCH_DATABASE_URL: a PostgreSQL server to use instead, an empty one or one that a bench has filled.`;

/** Reads the command line. Throws an Error for people where it is wrong. */
export function readOptions(words: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: withScaleValue(words),
    allowPositionals: true,
    options: {
      only: { type: 'string', default: '' },
      seconds: { type: 'string' },
      rounds: { type: 'string' },
      connections: { type: 'string', default: '16' },
      scale: { type: 'string' },
      profile: { type: 'boolean', default: false },
      data: { type: 'string' },
    },
  });
  const writes = positionals[0] === 'writes';
  if (positionals.length > Number(writes)) throw new Error(`There is no '${positionals.at(-1)}'.`);
  return {
    writes,
    only: values.only.toLowerCase(),
    seconds: positive('seconds', values.seconds ?? (writes ? '0.35' : '0.7')),
    rounds: positive('rounds', values.rounds ?? (writes ? '3' : '5')),
    connections: positive('connections', values.connections),
    scale: values.scale === undefined ? [] : readScale(values.scale),
    dataDir: values.data,
    profile: values.profile,
  };
}

/** `--scale` by itself means all sizes. */
function withScaleValue(words: readonly string[]): string[] {
  const all = scaleBoards.map(({ name }) => name).join(',');
  return words.flatMap((word, n) => {
    const next = words[n + 1];
    return word === '--scale' && (next === undefined || next.startsWith('--')) ? [word, all] : word;
  });
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new Error(`--${name} must be a number above 0.`);
}

function readScale(text: string): Plan[] {
  const names = text.toLowerCase().split(',');
  const known = new Set(scaleBoards.map(({ name }) => name.toLowerCase()));
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined) throw new Error(`--scale takes ${[...known].join(', ')}.`);
  return scaleBoards.filter(({ name }) => names.includes(name.toLowerCase()));
}
