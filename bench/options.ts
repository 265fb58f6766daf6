import { parseArgs } from 'node:util';
import { type BoardPlan, scaleBoards } from './seed/board-plans.ts';

export interface Options {
  /** Seconds per round. */
  seconds: number;
  rounds: number;
  connections: number;
  /** The most seconds of load before the measurement, for each server and case. */
  warmUp: number;
  /** Only cases whose names contain this. */
  only: string;
  /** The boards for measuring growth; servers are compared if it is empty. */
  scale: readonly BoardPlan[];
  dataDir: string | undefined;
  profile: boolean;
  /** Measures writes instead of reads. */
  writes: boolean;
  /** Measures streams instead of reads. */
  live: boolean;
  /** The folder of another version, whose writes are compared with this one's. */
  against: string | undefined;
}

export const usage = `Usage: npm run bench -- [writes | live] [flags]
  writes              measure writes instead of reads, against the bare server
  live                measure streams: how late their events are, and what they cost writers
  --against FOLDER    with writes: the database's CPU time beside that of another version, a built checkout
  --only TEXT         only cases whose names contain TEXT
  --seconds N         seconds per round (0.7; writes: 0.35; live: 3)
  --rounds N          rounds per server and case (5; writes: 3)
  --connections N     concurrent connections (16)
  --warm-up N         seconds of load before the measurement, for each server and case, at most (15)
  --scale [10k,1M]    measure growth with the size of a board: 10k, 100k and 1M
  --profile           profile the CPU time of the gateway
  --data DIR          keep the embedded database in DIR for the next run
BENCH_DATABASE_URL: another PostgreSQL database to use, empty or filled by a previous run.`;

/** Parses the command line. Throws an Error with a message for the user. */
export function readOptions(words: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: withScaleValue(words),
    allowPositionals: true,
    options: {
      only: { type: 'string', default: '' },
      seconds: { type: 'string' },
      rounds: { type: 'string' },
      connections: { type: 'string', default: '16' },
      'warm-up': { type: 'string', default: '15' },
      scale: { type: 'string' },
      profile: { type: 'boolean', default: false },
      data: { type: 'string' },
      against: { type: 'string' },
    },
  });
  const writes = positionals[0] === 'writes';
  const live = positionals[0] === 'live';
  if (positionals.length > Number(writes || live))
    throw new Error(`Unknown argument '${positionals.at(-1)}'.`);
  if (values.against !== undefined && !writes) throw new Error('--against needs writes.');
  return {
    writes,
    live,
    against: values.against,
    only: values.only.toLowerCase(),
    seconds: positive('seconds', values.seconds ?? (writes ? '0.35' : live ? '3' : '0.7')),
    rounds: positive('rounds', values.rounds ?? (writes ? '3' : '5')),
    connections: positive('connections', values.connections),
    warmUp: positive('warm-up', values['warm-up']),
    scale: values.scale === undefined ? [] : readScale(values.scale),
    dataDir: values.data,
    profile: values.profile,
  };
}

/** `--scale` without a value means all sizes. */
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

function readScale(text: string): BoardPlan[] {
  const names = text.toLowerCase().split(',');
  const known = new Set(scaleBoards.map(({ name }) => name.toLowerCase()));
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined) throw new Error(`--scale takes ${[...known].join(', ')}.`);
  return scaleBoards.filter(({ name }) => names.includes(name.toLowerCase()));
}
