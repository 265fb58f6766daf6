import { setTimeout as sleep } from 'node:timers/promises';
import { graphql } from '../cases/request.ts';
import { createWriteCases, mutation } from '../cases/write-cases.ts';
import { EventStream, type Reading } from '../load/event-stream.ts';
import { HttpConnection } from '../load/http-connection.ts';
import { type Load, median, quantile, runLoad } from '../load/load.ts';
import type { Options } from '../options.ts';
import { boardId, boardIds, comparedBoards, writtenBoards } from '../seed/board-plans.ts';
import type { BenchDatabase } from '../seed/database.ts';
import { type ServerProcess, startServer } from '../servers/server-process.ts';
import { fixed, mark, type Row, toTable } from './table.ts';

const idleStreams = 2000;
/** Writes whose events are awaited, and the ms between two: more than streams gather. */
const writes = { count: 200, pause: 60 };
/** The targets: p50 in ms of an event, and the share of the writers' throughput that streams may cost. */
const latencyTargets = { same: 30, other: 80 };
const costTarget = 0.05;

/** Measures what streams cost, and how late their events are, as a report. */
export async function measureLive(
  { connection, url }: BenchDatabase,
  options: Options,
  progress: (text: string) => void,
): Promise<string> {
  const servers: ServerProcess[] = [];
  const env = {
    MAX_STREAMS_PER_KEY: '5000',
    MAX_STREAMS_PER_PROCESS: '5000',
    MAX_CONNECTIONS_PER_ADDRESS: '0',
  };
  try {
    for (let n = 0; n < 2; n += 1)
      servers.push(await startServer('gateway', { databaseUrl: url, env }));
    const [server, other] = servers;
    if (server === undefined || other === undefined) throw new Error('two servers were started');
    progress('Events of the same process');
    const same = await latencies(server, server);
    progress('Events of another process');
    const across = await latencies(server, other);
    const cases = await createWriteCases(connection);
    const update = cases.find(({ name }) => name === 'update');
    if (update === undefined) throw new Error('there is no case of updates');
    const load = { ...options, request: update.request, port: server.port };
    await runLoad({ ...load, seconds: 8 });
    const rows: Row[] = [];
    for (const audience of audiences) {
      progress(`Updates with ${audience.name}`);
      rows.push(await costOf(audience, load, options.rounds));
    }
    const peak = `The most memory that the server held (RSS): ${fixed(server.peakMemory() ?? Number.NaN, 0)} MB.`;
    return [
      toTable(
        ['event of', 'writes', 'p50 ms', 'p99 ms', 'target'],
        [
          latencyRow('the same process', same, latencyTargets.same),
          latencyRow('another process', across, latencyTargets.other),
        ],
      ),
      toTable(['updates with', 'requests/s', 'without', 'ratio', 'target'], rows),
      peak,
    ].join('\n\n');
  } finally {
    await Promise.all(servers.map((one) => one.stop()));
  }
}

const latencyRow = (name: string, times: readonly number[], target: number): Row => {
  const p50 = median(times);
  return [
    ...[name, String(times.length), fixed(p50), fixed(quantile(times, 0.99))],
    `<= ${target} ms: ${mark(p50 <= target)}`,
  ];
};

const createTitle = mutation('CreateItemInput', 'createItem', 'item { id }');

/** The ms from sending a write to one server until its event comes from another, for many writes. */
async function latencies(streaming: ServerProcess, writing: ServerProcess): Promise<number[]> {
  const [boardId = ''] = boardIds(writtenBoards.short);
  const stream = await EventStream.open(streaming.port, boardId);
  const writer = await HttpConnection.open(writing.port);
  const times: number[] = [];
  for (let n = 0; n < writes.count; n += 1) {
    const title = `Event ${streaming.port} ${writing.port} ${n}.`;
    const start = performance.now();
    const event = stream.has(title);
    const { body } = await writer.send(graphql(createTitle, { input: { boardId, title } }));
    if (body.includes('"errors"')) throw new Error(`a server responded ${body}`);
    await event;
    // The first ones warm up.
    if (n >= writes.count / 10) times.push(performance.now() - start);
    await sleep(writes.pause);
  }
  writer.close();
  stream.close();
  return times;
}

/** Streams that are open while writers write. */
interface Audience {
  name: string;
  /** How many read in each way, of boards that are written or that are not. */
  streams: readonly { count: number; isWritten: boolean; reading: Reading }[];
  target?: number;
}

const audiences: readonly Audience[] = [
  {
    name: '2,000 idle streams, a paused and a slow one',
    streams: [
      { count: idleStreams, isWritten: false, reading: 'all' },
      { count: 1, isWritten: true, reading: 'nothing' },
      { count: 1, isWritten: true, reading: 'slowly' },
    ],
    target: 1 - costTarget,
  },
  {
    name: '16 streams that read all changes',
    streams: [{ count: 16, isWritten: true, reading: 'all' }],
  },
];

async function open({ streams }: Pick<Audience, 'streams'>, port: number): Promise<EventStream[]> {
  const written = boardIds(writtenBoards.short);
  const opened: EventStream[] = [];
  for (const { count, isWritten, reading } of streams) {
    const followed = isWritten ? written : [boardId(comparedBoards)];
    for (let n = 0; n < count; n += 1)
      opened.push(await EventStream.open(port, followed[n % followed.length] ?? '', reading));
  }
  return opened;
}

/**
 * The writers' throughput without and with an audience, in turns, as the load of the machine changes. The ratio is the
 * median of those of the rounds, each to the mean of the rounds without streams before and after it.
 */
async function costOf(
  { name, target, ...audience }: Audience,
  load: Load,
  rounds: number,
): Promise<Row> {
  const measure = async (): Promise<number> => (await runLoad(load)).perSecond;
  const without = [await measure()];
  const during: number[] = [];
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const streams = await open(audience, load.port);
    during.push(await measure());
    for (const stream of streams) stream.close();
    // The server forgets them.
    await sleep(1000);
    without.push(await measure());
    const [before = 0, after = 0] = without.slice(-2);
    ratios.push((2 * (during.at(-1) ?? 0)) / (before + after));
  }
  const ratio = median(ratios);
  return [
    ...[name, fixed(median(during), 0), fixed(median(without), 0), fixed(ratio, 2, ' x')],
    target === undefined ? '' : `>= ${target}: ${mark(ratio >= target)}`,
  ];
}
