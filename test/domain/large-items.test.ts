import { beforeAll, expect, it } from 'vitest';
import { createBoard, mutateOk, type TestBoard } from '../support/boards.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();
let board: TestBoard;

/** Words of over 16 KB, which put an item past the index on content, or of fewer. */
const words = (count: number) => Array.from({ length: count }, (_, n) => `word${n}`).join(' ');
const sizes = { small: 100, large: 4000 };

const item = (title: keyof typeof sizes) => ({
  title,
  labels: [`${title} one`, 'both'],
  values: { name: `${title} zebrafish`, list: [`in ${title}`], text: words(sizes[title]) },
});

beforeAll(async () => {
  board = await createBoard(world, { Lead: ['other'] });
  await mutateOk(
    world,
    'createItems',
    { boardId: board.id, items: [item('small'), item('large')] },
    'results { item { id } }',
  );
});

async function found(query: { search?: string; filter?: object }): Promise<string[]> {
  const { data, errors } = await world.graphql<{
    items: { totalCount: number; nodes: { title: string }[] };
  }>(
    `query ($id: ID!, $search: String, $filter: ItemFilter) {
      items(boardId: $id, search: $search, filter: $filter) { totalCount nodes { title } } }`,
    { id: board.id, ...query },
  );
  expect(errors).toBeUndefined();
  expect(data.items.totalCount).toBe(data.items.nodes.length);
  return data.items.nodes.map(({ title }) => title).sort();
}

const value = (key: string, test: object) => ({ values: [{ key, ...test }] });

it.each([
  ['a word that both have', { search: 'zebrafish' }, ['large', 'small']],
  ['a word at the end of the text', { search: 'word3999' }, ['large']],
  ['several words', { search: 'word99 LARGE zebra' }, ['large']],
  ['a label', { filter: { labels: { hasAll: ['both'] } } }, ['large', 'small']],
  ['an equal text', { filter: value('name', { eq: 'large zebrafish' }) }, ['large']],
  ['an element of a list', { filter: value('list', { contains: 'in large' }) }, ['large']],
  [
    'one of several conditions',
    {
      filter: {
        or: [{ labels: { hasAny: ['small one'] } }, value('name', { eq: 'large zebrafish' })],
      },
    },
    ['large', 'small'],
  ],
  [
    'none of several conditions',
    { filter: { not: { or: [{ title: { contains: 'mal' } }, { title: { eq: 'other' } }] } } },
    ['large'],
  ],
])('finds small and large items by %s', async (_, query, titles) => {
  expect(await found(query)).toEqual(titles);
});

it('finds a large item of an upsert', async () => {
  const { results } = await mutateOk<{ results: { action: string; item: { title: string } }[] }>(
    world,
    'upsertItems',
    {
      boardId: board.id,
      matchOn: 'name',
      items: [{ title: 'large', values: { name: 'large zebrafish', n: 1 } }],
    },
    'results { action item { title } }',
  );
  expect(results).toEqual([{ action: 'UPDATED', item: { title: 'large' } }]);
});

/** The records that an update of an item's labels writes to the log of the server. */
async function recordsOfUpdate(title: string): Promise<number> {
  const [{ id = '' } = {}] = await world.db.item.findMany({ where: { boardId: board.id, title } });
  const operation = JSON.stringify([{ n: 0, op: 'update', id, fields: { labels: ['x', 'y'] } }]);
  const [row] = await world.db.$queryRawUnsafe<{ 'QUERY PLAN': { Plan: object }[] }[]>(
    `EXPLAIN (ANALYZE, WAL, FORMAT JSON) SELECT write_items('workspace_demo', 'agent_123', '${board.id}',
      '${operation}', NULL, FALSE, TRUE, FALSE, NULL, NULL, NULL)`,
  );
  const plan = row?.['QUERY PLAN'][0]?.Plan as { 'WAL Records': number };
  return plan['WAL Records'];
}

it('updates the labels of a large item for what it costs for a small one', async () => {
  const small = await recordsOfUpdate('small');
  expect(small).toBeGreaterThan(10);
  expect(await recordsOfUpdate('large')).toBeLessThan(small + 10);
});
