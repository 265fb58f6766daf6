import { expect, it } from 'vitest';
import {
  answer,
  type Filter,
  forEachOf,
  type Order,
  oddRows,
  type Question,
  question,
  runs,
  useOddWorld,
  type ValueTest,
} from './query-model.ts';

const doors = useOddWorld();
const patience = 60_000 + runs * 60;

const snake: Readonly<Record<string, string>> = {
  startsWith: 'starts_with',
  createdAt: 'created_at',
  updatedAt: 'updated_at',
};

/** A question that REST can ask: one sort key, numbers, dates and texts one after the other, missing ones last. */
function inRest({ orderBy = [], ...question }: Question): Question {
  const [{ direction = 'DESC', ...order } = {}] = orderBy;
  const { field = 'CREATED_AT', value } = order;
  const key = value !== undefined && value.key !== '' ? { value: { key: value.key } } : { field };
  return { ...question, orderBy: [{ ...key, direction }] };
}

const sortBy = ({ field, value }: Order): string =>
  value === undefined ? String(field).toLowerCase() : `values.${value.key}`;

/** Tests on different keys as `value_filters`; undefined where that form cannot say them. */
function valueFilters(tests: readonly ValueTest[]): object | undefined {
  const entries = tests.map(({ key, as, ...test }) => {
    const ops = Object.entries(test).map(([op, operand]) => [snake[op] ?? op, operand]);
    const { eq, ...others } = test;
    const isBare = eq !== undefined && Object.keys(others).length === 0;
    return { key, as, test: isBare ? eq : Object.fromEntries(ops) };
  });
  const isSayable = new Set(entries.map(({ key }) => key)).size === entries.length;
  if (!isSayable || entries.some(({ as }) => as !== undefined)) return undefined;
  return Object.fromEntries(entries.map(({ key, test }) => [key, test]));
}

/** The body that asks the question: by the documented parameters where they can say it, else by `filter`. */
function bodyOf({ place, search, filter = {}, orderBy = [] }: Question): object {
  const [order = {}] = orderBy;
  const { values, columnId, createdAt, ...others } = filter;
  const filters = values && valueFilters(values);
  const isRange = createdAt?.gte?.includes('T') && createdAt?.lte?.includes('T');
  const rest: Filter = {
    ...others,
    ...(filters === undefined && values && { values }),
    ...(columnId?.in === undefined && columnId && { columnId }),
    ...(!isRange && createdAt && { createdAt }),
  };
  return {
    ...(search !== undefined && { query: search }),
    ...(place.kind === 'column' && { column_id: place.id }),
    ...(columnId?.in && { column_ids: columnId.in }),
    ...(filters && { value_filters: filters }),
    ...(isRange && { date_range: { from: createdAt?.gte, to: createdAt?.lte } }),
    ...(Object.keys(rest).length > 0 && { filter: rest }),
    sort_by: sortBy(order),
    sort_order: order.direction?.toLowerCase(),
    limit: 500,
  };
}

/** Columns of the board behind the REST path; other places are GraphQL's alone. */
const isOnBoard = ({ place: { kind, id } }: Question): boolean =>
  kind === 'board' || (kind === 'column' && id !== 'col_e' && id !== 'col_f');

interface Answer {
  question: Question;
  status: number;
  total: number | undefined;
  ids: string[] | undefined;
}

const expected = (question: Question): Answer => {
  const ids = answer(oddRows, question);
  return { question, status: 200, total: ids.length, ids };
};

async function byGraphQL(questions: readonly Question[]): Promise<Answer[]> {
  const asked = questions.map((question) => ({ question, page: { first: 500 } }));
  const { status, data, errors } = await doors.ask(asked, 'totalCount nodes { id }');
  expect(errors).toBeUndefined();
  return questions.map((question, n) => {
    const found = data?.[`q${n}`];
    const page = found?.items ?? found;
    return { question, status, total: page?.totalCount, ids: page?.nodes.map(({ id }) => id) };
  });
}

async function byRest(question: Question): Promise<Answer> {
  const { status, body } = await doors.search(bodyOf(question));
  return { question, status, total: body.total, ids: body.data?.map(({ id }) => id) };
}

it('answers any question as the model does, by both doors', { timeout: patience }, async () => {
  await forEachOf(question, Math.ceil(runs * 0.6), async (questions) => {
    const restful = questions.filter(isOnBoard).map(inRest);
    const [graphql, rest] = await Promise.all([
      byGraphQL(questions),
      Promise.all(restful.map(byRest)),
    ]);
    expect(graphql).toEqual(questions.map(expected));
    expect(rest).toEqual(restful.map(expected));
  });
});
