import { type BoardPlan, emailOf, highestValue, phoneOf } from '../seed/board-plans.ts';
import { commonWord, rareWord } from '../seed/vocabulary.ts';

/** A query that is measured on boards of every size. */
export interface ScaleQuery {
  name: string;
  query: string;
  /** The variables of the nth request; they vary where the query allows it. */
  variables: (plan: BoardPlan, n: number) => object;
  /** Starts at the cursor of page 1,000 of 50 items, or of the last page of a smaller board. */
  isDeep?: true;
  /** The field of `ItemOrder` that the query needs. */
  needs?: string;
}

export const pageQuery = `query ($boardId: ID!, $search: String, $filter: ItemFilter, $orderBy: [ItemOrder!],
  $first: Int! = 50, $after: String) {
  items(boardId: $boardId, search: $search, filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    nodes {
      id title position values labels createdAt updatedAt
      contact { id name phone }
      createdBy { id name }
    }
    pageInfo { hasNextPage endCursor }
  }
}`;

export const countQuery = `query ($boardId: ID!, $search: String, $filter: ItemFilter) {
  items(boardId: $boardId, search: $search, filter: $filter) { totalCount }
}`;

const newest = [{ field: 'CREATED_AT', direction: 'DESC' }];

/** A number below `limit`, scattered over n. */
const scattered = (n: number, limit: number): number => (n * 7919 + 13) % Math.floor(limit);

const where = (key: string, test: object) => ({ values: [{ key, ...test }] });

/** A range of values that contains about 50 items of the board. */
function narrowRange({ size }: BoardPlan, n: number) {
  const width = (highestValue * 50) / size;
  const gte = scattered(n, highestValue - width);
  return where('deal_value', { gte, lt: gte + width });
}

/** A range of about half of the items, with another bound for each n. */
const wideRange = (n: number) =>
  where('deal_value', { gte: highestValue / 2 + scattered(n, 1000) });

const page = (name: string, variables: ScaleQuery['variables']): ScaleQuery => ({
  name,
  query: pageQuery,
  variables,
});

const count = (name: string, variables: ScaleQuery['variables']): ScaleQuery => ({
  name,
  query: countQuery,
  variables,
});

export const scaleQueries: readonly ScaleQuery[] = [
  page("first page, the board's order", () => ({})),
  page('first page, newest first', () => ({ orderBy: newest })),
  { ...page('page 1,000 by cursor, newest first', () => ({ orderBy: newest })), isDeep: true },
  { ...page("page 1,000 by cursor, the board's order", () => ({})), isDeep: true },
  page('a rare word (20 items), newest first', () => ({ search: rareWord, orderBy: newest })),
  page('a common word (30%), newest first', () => ({ search: commonWord, orderBy: newest })),
  page("a common word (30%), the board's order", () => ({ search: commonWord })),
  page('equal phone (one item)', ({ size }, n) => ({
    filter: where('phone', { eq: phoneOf(scattered(n, size)) }),
    orderBy: newest,
  })),
  page('equal e-mail (one item)', (plan, n) => ({
    filter: where('email', { eq: emailOf(plan, scattered(n, plan.size)) }),
    orderBy: newest,
  })),
  page('the same phone number, written otherwise (one item)', ({ size }, n) => ({
    filter: where('phone', { as: 'PHONE', eq: phoneOf(scattered(n, size)).replace('+', '00') }),
    orderBy: newest,
  })),
  page('the same e-mail address, in capitals (one item)', (plan, n) => ({
    filter: where('email', {
      as: 'EMAIL',
      eq: emailOf(plan, scattered(n, plan.size)).toUpperCase(),
    }),
    orderBy: newest,
  })),
  page('narrow numeric range (50 items)', (plan, n) => ({
    filter: narrowRange(plan, n),
    orderBy: newest,
  })),
  page('wide numeric range (50%), a common word, newest first', (_, n) => ({
    filter: wideRange(n),
    search: commonWord,
    orderBy: newest,
  })),
  {
    ...page('ordered by a numeric value', () => ({
      orderBy: [{ value: { key: 'deal_value', as: 'NUMBER' }, direction: 'DESC' }],
    })),
    needs: 'value',
  },
  page('ordered by a text value', () => ({ orderBy: [{ value: { key: 'email', as: 'TEXT' } }] })),
  count('total of a narrow range', (plan, n) => ({ filter: narrowRange(plan, n) })),
  count('total of a wide range, another each time', (_, n) => ({ filter: wideRange(n) })),
  count('total of a common word, another filter each time', (_, n) => ({
    search: commonWord,
    filter: { createdAt: { gt: new Date(n).toISOString() } },
  })),
  count('total of a wide range, the same again', () => ({ filter: wideRange(0) })),
];
