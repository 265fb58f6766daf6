import { boardId, type Plan } from './board.ts';
import { HttpConnection } from './connection.ts';
import { median } from './load.ts';
import { pageQuery, type Question } from './question.ts';
import { graphql } from './request.ts';
import { fixed, mark, type Row } from './table.ts';

/** What one question met with on one board. */
interface Answered {
  /** Milliseconds, one for each request; empty where it failed. */
  times: number[];
  /** The rows of the first answer, or its total. */
  found: number | undefined;
  failure: string | undefined;
}

/** So often is a question asked before it counts: PostgreSQL settles on a plan at the sixth time. */
const warmUps = 10;
const rounds = 4;
/** Requests of a round, and the milliseconds after which it ends before that. */
const requests = 10;
const roundTime = 1000;
/** Milliseconds at a million items, and times those at ten thousand. */
const targets = { time: 10, growth: 3 };

/** Asks one question of every board, the boards in turn, on one connection without others beside it. */
export async function askBoards(
  question: Question,
  plans: readonly Plan[],
  port: number,
): Promise<Answered[]> {
  const connection = await HttpConnection.open(port);
  try {
    const askers = [];
    for (const plan of plans) askers.push(await createAsker(connection, question, plan));
    for (const { ask, answered } of askers) {
      await repeat(warmUps, ask);
      answered.times = [];
    }
    for (let round = 0; round < rounds; round++) {
      for (const { ask } of askers) await repeat(requests, ask);
    }
    return askers.map(({ answered }) => answered);
  } finally {
    connection.close();
  }
}

async function repeat(times: number, run: () => Promise<void>): Promise<void> {
  const end = performance.now() + roundTime;
  for (let n = 0; n < times && performance.now() < end; n++) await run();
}

async function createAsker(connection: HttpConnection, question: Question, plan: Plan) {
  const after = question.isDeep && (await deepCursor(connection, question, plan));
  const answered: Answered = { times: [], found: undefined, failure: undefined };
  let n = 0;
  const ask = async () => {
    if (answered.failure !== undefined) return;
    const variables = { boardId: boardId(plan), after, ...question.variables(plan, n++) };
    const request = graphql(question.query, variables);
    const before = performance.now();
    const { body } = await connection.send(request);
    answered.times.push(performance.now() - before);
    const { items, failure } = readItems(body);
    answered.failure = failure;
    answered.found ??= items?.totalCount ?? items?.nodes?.length;
  };
  return { ask, answered };
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

/** The cursor before the 1,000th page of 50, or before the last page: 500 rows at a time. */
async function deepCursor(
  connection: HttpConnection,
  question: Question,
  plan: Plan,
): Promise<string | undefined> {
  let after: string | undefined;
  for (let left = Math.min(999 * 50, plan.size - 50); left > 0; left -= 500) {
    const variables = {
      ...question.variables(plan, 0),
      boardId: boardId(plan),
      after,
      first: Math.min(500, left),
    };
    const { body } = await connection.send(graphql(pageQuery, variables));
    after = readItems(body).items?.pageInfo?.endCursor;
  }
  return after;
}

/** True where the schema knows the field of `ItemOrder` that the question needs. */
export async function isAskable({ needs }: Question, port: number): Promise<boolean> {
  if (needs === undefined) return true;
  const connection = await HttpConnection.open(port);
  const query = '{ __type(name: "ItemOrder") { inputFields { name } } }';
  const { body } = await connection.send(graphql(query));
  connection.close();
  return body.toString().includes(`"name":"${needs}"`);
}

export const scaleHead = (plans: readonly Plan[]): Row => [
  'p50 ms of',
  ...plans.map(({ name }) => name),
  'found',
  'growth',
  `<= ${targets.time} ms`,
  `<= ${targets.growth} x`,
];

/** A question's row of the table. */
export function scaleRow({ name }: Question, answers: readonly Answered[]): Row {
  const times = answers.map((answer) => median(answer.times));
  const last = times.at(-1) ?? Number.NaN;
  const growth = last / (times[0] ?? Number.NaN);
  const failure = answers.find((answer) => answer.failure !== undefined)?.failure;
  return [
    failure === undefined ? name : `${name}: ${failure}`,
    ...answers.map(({ failure }, n) => (failure ? 'failed' : fixed(times[n] ?? Number.NaN))),
    answers.map(({ found }) => found ?? '-').join(' / '),
    failure ? '' : fixed(growth, 1, ' x'),
    mark(failure === undefined && last <= targets.time),
    mark(failure === undefined && growth <= targets.growth),
  ];
}
