import { graphql } from '../cases/request.ts';
import { pageQuery, type ScaleQuery } from '../cases/scale-queries.ts';
import { HttpConnection } from '../load/http-connection.ts';
import { median } from '../load/load.ts';
import { type BoardPlan, boardId } from '../seed/board-plans.ts';
import { fixed, mark, type Row } from './table.ts';

/** The measurements of one query on one board. */
interface Sampled {
  /** Milliseconds per request. */
  times: number[];
  /** The rows of the first response, or its total. */
  found: number | undefined;
  failure: string | undefined;
}

/** Requests before the measurement: PostgreSQL may switch to a generic plan at the sixth. */
const warmUps = 10;
const rounds = 4;
/** Requests per round, and its limit in ms. */
const requests = 10;
const roundTime = 1000;
/** The targets: ms at a million items, and the factor from ten thousand items to a million. */
const targets = { time: 10, growth: 3 };

/** Runs one query on every board, round robin, on one connection. */
export async function measureBoards(
  query: ScaleQuery,
  plans: readonly BoardPlan[],
  port: number,
): Promise<Sampled[]> {
  const connection = await HttpConnection.open(port);
  try {
    const samplers = [];
    for (const plan of plans) samplers.push(await createSampler(connection, query, plan));
    for (const { measure, sampled } of samplers) {
      await repeat(warmUps, measure);
      sampled.times = [];
    }
    for (let round = 0; round < rounds; round++) {
      for (const { measure } of samplers) await repeat(requests, measure);
    }
    return samplers.map(({ sampled }) => sampled);
  } finally {
    connection.close();
  }
}

async function repeat(times: number, run: () => Promise<void>): Promise<void> {
  const end = performance.now() + roundTime;
  for (let n = 0; n < times && performance.now() < end; n++) await run();
}

async function createSampler(connection: HttpConnection, query: ScaleQuery, plan: BoardPlan) {
  const after = query.isDeep && (await deepCursor(connection, query, plan));
  const sampled: Sampled = { times: [], found: undefined, failure: undefined };
  let n = 0;
  const measure = async () => {
    if (sampled.failure !== undefined) return;
    const variables = { boardId: boardId(plan), after, ...query.variables(plan, n++) };
    const request = graphql(query.query, variables);
    const before = performance.now();
    const { body } = await connection.send(request);
    sampled.times.push(performance.now() - before);
    const { items, failure } = readItems(body);
    sampled.failure = failure;
    sampled.found ??= items?.totalCount ?? items?.nodes?.length;
  };
  return { measure, sampled };
}

interface Items {
  nodes?: unknown[];
  totalCount?: number;
  pageInfo?: { endCursor: string };
}

function readItems(body: Buffer): { items?: Items; failure?: string } {
  const { data, errors } = JSON.parse(body.toString()) as {
    data?: { items: Items };
    errors?: { message: string }[];
  };
  const [error] = errors ?? [];
  return error ? { failure: error.message } : { ...(data && { items: data.items }) };
}

/** The cursor before page 1,000 of 50 items or before the last page, found 500 rows at a time. */
async function deepCursor(
  connection: HttpConnection,
  query: ScaleQuery,
  plan: BoardPlan,
): Promise<string | undefined> {
  let after: string | undefined;
  for (let left = Math.min(999 * 50, plan.size - 50); left > 0; left -= 500) {
    const variables = {
      ...query.variables(plan, 0),
      boardId: boardId(plan),
      after,
      first: Math.min(500, left),
    };
    const { body } = await connection.send(graphql(pageQuery, variables));
    after = readItems(body).items?.pageInfo?.endCursor;
  }
  return after;
}

/** Whether the schema has the field of `ItemOrder` that the query needs. */
export async function isSupported({ needs }: ScaleQuery, port: number): Promise<boolean> {
  if (needs === undefined) return true;
  const connection = await HttpConnection.open(port);
  const query = '{ __type(name: "ItemOrder") { inputFields { name } } }';
  const { body } = await connection.send(graphql(query));
  connection.close();
  return body.toString().includes(`"name":"${needs}"`);
}

export const scaleHead = (plans: readonly BoardPlan[]): Row => [
  'p50 ms of',
  ...plans.map(({ name }) => name),
  'found',
  'growth',
  `<= ${targets.time} ms`,
  `<= ${targets.growth} x`,
];

/** The table row of a query. */
export function scaleRow({ name }: ScaleQuery, results: readonly Sampled[]): Row {
  const times = results.map((result) => median(result.times));
  const last = times.at(-1) ?? Number.NaN;
  const growth = last / (times[0] ?? Number.NaN);
  const failure = results.find((result) => result.failure !== undefined)?.failure;
  return [
    failure === undefined ? name : `${name}: ${failure}`,
    ...results.map(({ failure }, n) => (failure ? 'failed' : fixed(times[n] ?? Number.NaN))),
    results.map(({ found }) => found ?? '-').join(' / '),
    failure ? '' : fixed(growth, 1, ' x'),
    mark(failure === undefined && last <= targets.time),
    mark(failure === undefined && growth <= targets.growth),
  ];
}
