import { parseArgs } from 'node:util';
import { type BoardPlan, scaleBoards } from './seed/board-plans.ts';

/** The measurements, with their seconds per round and their rounds. A round of starts is one start. */
const defaults = {
  reads: { seconds: '0.7', rounds: '5' },
  writes: { seconds: '0.35', rounds: '3' },
  live: { seconds: '3', rounds: '5' },
  observe: { seconds: '5', rounds: '5' },
  fairness: { seconds: '3', rounds: '5' },
  fresh: { seconds: '0.5', rounds: '5' },
  starts: { seconds: '1', rounds: '7' },
};

type Measurement = keyof typeof defaults;

const isMeasurement = (word: string): word is Measurement => Object.hasOwn(defaults, word);

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
  /** Whether servers of other projects are compared too. */
  peers: boolean;
  measurement: Measurement;
  /** The folder of another version, whose writes or starts are compared with this one's. */
  against: string | undefined;
}

export const usage = `Usage: npm run bench -- [writes | live | observe | fairness | fresh | starts] [flags]
  writes              measure writes instead of reads, against the bare server
  live                measure streams: how late their events are, and what they cost writers
  observe             measure what metrics and the request log cost
  fairness            measure gets of one workspace beside exact counts of another
  fresh               measure each kind of question on a board that was just filled, beside an old one
  starts              measure \`npm start\` with data there: to Ready, and to the first responses after it
  --against FOLDER    with writes or starts: compare with another version, a built checkout
  --only TEXT         only cases whose names contain TEXT
  --seconds N         seconds per round (0.7; writes: 0.35; fresh: 0.5; live and fairness: 3; observe: 5)
  --rounds N          rounds per server and case (5; writes: 3; starts: 7)
  --connections N     concurrent connections (16)
  --warm-up N         seconds of load before the measurement, for each server and case, at most (15)
  --scale [10k,1M]    measure growth with the size of a board: 10k, 100k and 1M
  --peers             compare reads with PostGraphile too, which is installed first (Linux, x64)
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
      peers: { type: 'boolean', default: false },
      data: { type: 'string' },
      against: { type: 'string' },
    },
  });
  const [measurement = 'reads', ...rest] = positionals;
  const unknown = isMeasurement(measurement) ? rest[0] : measurement;
  if (!isMeasurement(measurement) || unknown !== undefined)
    throw new Error(`Unknown argument '${unknown}'.`);
  if (values.against !== undefined && !['writes', 'starts'].includes(measurement))
    throw new Error('--against needs writes or starts.');
  return {
    measurement,
    against: values.against,
    only: values.only.toLowerCase(),
    seconds: positive('seconds', values.seconds ?? defaults[measurement].seconds),
    rounds: positive('rounds', values.rounds ?? defaults[measurement].rounds),
    connections: positive('connections', values.connections),
    warmUp: positive('warm-up', values['warm-up']),
    scale: values.scale === undefined ? [] : readScale(values.scale),
    dataDir: values.data,
    profile: values.profile,
    peers: values.peers,
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
