import { readIds } from '../cases/read-cases.ts';
import { get, graphql } from '../cases/request.ts';
import { countQuery } from '../cases/scale-queries.ts';
import { type Load, type Measure, median, roundRobin, runLoad } from '../load/load.ts';
import type { Options } from '../options.ts';
import { boardId, countedBoard, keyOf, neighbourBoard } from '../seed/board-plans.ts';
import type { BenchDatabase } from '../seed/database.ts';
import { commonWord } from '../seed/vocabulary.ts';
import { startServer } from '../servers/server-process.ts';
import { fixed, mark, toTable } from './table.ts';

/** Counts of another workspace that are always under way. */
const counts = 16;
/** The target: requests a second beside the counts, as a multiple of those alone. */
const target = 0.5;
/** Seconds of gets before the measurement. */
const warmUp = 6;

let next = 0;

/** An exact count, each with another filter, so that none is cached. */
const count = (): Buffer =>
  graphql(countQuery, {
    boardId: boardId(countedBoard),
    search: commonWord,
    filter: { createdAt: { gt: new Date(next++).toISOString() } },
  });

/**
 * Measures the gets of one workspace alone, and beside exact counts of another one, in turns, as a report. The ratio is
 * the median of those of the rounds.
 */
export async function measureFairness(
  { connection, url }: BenchDatabase,
  { seconds, rounds, connections }: Options,
): Promise<string> {
  const server = await startServer('gateway', { databaseUrl: url, env: { LOG_LEVEL: 'error' } });
  try {
    const { port } = server;
    const path = `/api/crm/boards/${boardId(neighbourBoard)}/items`;
    const ids = await readIds(connection, neighbourBoard);
    const request = roundRobin(ids.map((id) => get(`${path}/${id}`, keyOf(neighbourBoard))));
    const gets: Load = { port, request, connections, seconds };
    const heavy: Load = { port, request: count, connections: counts, seconds };
    await runLoad({ ...gets, seconds: warmUp });
    const alone: Measure[] = [];
    const beside: Measure[] = [];
    const counted: Measure[] = [];
    for (let round = 0; round < rounds; round += 1) {
      alone.push(await runLoad(gets));
      const [get, counts] = await Promise.all([runLoad(gets), runLoad(heavy)]);
      beside.push(get);
      counted.push(counts);
    }
    const ratio = median(beside.map(({ perSecond }, n) => perSecond / (alone[n]?.perSecond ?? 0)));
    const row = (name: string, measures: readonly Measure[]) => {
      const middle = (pick: (measure: Measure) => number) => median(measures.map(pick));
      const speed = middle(({ perSecond }) => perSecond);
      return [
        ...[name, fixed(speed, speed < 100 ? 1 : 0), fixed(middle(({ p50 }) => p50))],
        fixed(middle(({ p99 }) => p99)),
      ];
    };
    return [
      toTable(
        ['requests', 'requests/s', 'p50 ms', 'p99 ms'],
        [
          row('gets alone', alone),
          row(`gets beside ${counts} counts of another workspace`, beside),
          row('these counts', counted),
        ],
      ),
      `Beside the counts: ${fixed(ratio, 2, ' x')} (target >= ${target}: ${mark(ratio >= target)}).`,
    ].join('\n\n');
  } finally {
    await server.stop();
  }
}
