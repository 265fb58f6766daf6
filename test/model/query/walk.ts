import fc from 'fast-check';
import { expect } from 'vitest';
import { itemQuery } from './arbitraries.ts';
import type { Gateway, Page } from './gateway.ts';
import type { PageArgs, PageRequest } from './graphql-request.ts';
import type { ItemQuery } from './query.ts';

/** Reads a list page by page to its end, with page sizes that repeat. */
export interface Walk {
  query: ItemQuery;
  isBackwards: boolean;
  sizes: readonly number[];
}

/** One page of a walk. */
export interface Step {
  walk: Walk;
  page: Page;
  size: number;
  /** The cursor that the page was requested with. */
  cursor: string | undefined;
}

export const walk: fc.Arbitrary<Walk> = fc.record({
  query: itemQuery,
  isBackwards: fc.boolean(),
  sizes: fc.array(fc.integer({ min: 4, max: 60 }), { minLength: 1, maxLength: 3 }),
});

/** Walks ordered by the values of one key, which an index provides, with filters that the index covers. */
export const walkByValue: fc.Arbitrary<Walk> = fc
  .record({
    key: fc.constantFrom('amount', 'due', 'note', 'mixed', 'é', 'AMOUNT', 'k'.repeat(201)),
    as: fc.constantFrom(undefined, ...(['NUMBER', 'DATE', 'TEXT'] as const)),
    direction: fc.constantFrom('ASC' as const, 'DESC' as const),
    nulls: fc.constantFrom('FIRST' as const, 'LAST' as const),
    test: fc.constantFrom<object | undefined>(
      ...[undefined, undefined, { exists: true }, { gte: 1 }, { lt: '2025-04-15' }, { gt: 'A' }],
      { exists: true, lt: 50000 },
    ),
    isBackwards: fc.boolean(),
    sizes: fc.constant([7, 23]),
  })
  .map(({ key, as, direction, nulls, test, isBackwards, sizes }) => ({
    query: {
      parent: { kind: 'board', id: 'board_edge' },
      ...(test && { filter: { values: [{ key, ...test }] } }),
      orderBy: [{ value: { key, ...(as && { as }) }, direction, nulls }],
    },
    isBackwards,
    sizes,
  }));

export const idsOf = ({ edges }: Page): string[] => edges.map(({ node }) => node.id);

export const pageSelection =
  'pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { id } }';

/** Reads one page of each query, in one GraphQL request. */
export async function readPages(
  gateway: Gateway,
  requests: readonly PageRequest[],
): Promise<Page[]> {
  if (requests.length === 0) return [];
  const { data, errors } = await gateway.graphql(requests, pageSelection);
  expect(errors).toBeUndefined();
  return requests.flatMap((_, n) => {
    const field = data?.[`q${n}`];
    return field === undefined ? [] : (field.items ?? field);
  });
}

export const isLast = ({ walk, page }: Step): boolean =>
  walk.isBackwards ? !page.pageInfo.hasPreviousPage : !page.pageInfo.hasNextPage;

/** The page after the last step of a walk. */
function nextStep(walk: Walk, steps: readonly Step[]): Omit<Step, 'page'> & { args: PageArgs } {
  const { startCursor, endCursor } = steps.at(-1)?.page.pageInfo ?? {};
  const cursor = (walk.isBackwards ? startCursor : endCursor) ?? undefined;
  const size = walk.sizes[steps.length % walk.sizes.length] ?? 1;
  const args = walk.isBackwards
    ? { last: size, ...(cursor && { before: cursor }) }
    : { first: size, ...(cursor && { after: cursor }) };
  return { walk, size, cursor, args };
}

/** Runs walks side by side, one page of each per request; `afterRequest` gets the last step of each that was read. */
export async function runWalks(
  gateway: Gateway,
  walks: readonly Walk[],
  afterRequest: (steps: readonly Step[]) => Promise<void> = async () => {},
): Promise<Step[][]> {
  const runs = walks.map((walk) => ({ walk, steps: [] as Step[] }));
  for (;;) {
    const unfinished = runs.filter(({ steps }) => !steps.some(isLast));
    if (unfinished.length === 0) return runs.map(({ steps }) => steps);
    const next = unfinished.map(({ walk, steps }) => nextStep(walk, steps));
    const requests = next.map(({ walk, args }) => ({ query: walk.query, page: args }));
    const pages = await readPages(gateway, requests);
    for (const [n, { steps }] of unfinished.entries()) {
      const [step, page] = [next[n], pages[n]];
      if (step && page) steps.push({ ...step, page });
    }
    await afterRequest(unfinished.flatMap(({ steps }) => steps.at(-1) ?? []));
  }
}

/** The ids of all pages of a walk, in the order of the list. */
export function walkedIds({ isBackwards }: Walk, steps: readonly Step[]): string[] {
  const pages = steps.map(({ page }) => idsOf(page));
  return (isBackwards ? pages.reverse() : pages).flat();
}
