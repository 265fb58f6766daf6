import { expect, it } from 'vitest';
import { schema } from '../../src/graphql/schema/index.ts';
import { createBoard, mutate } from '../support/boards.ts';
import { expectGraphQLError, expectNoWrites } from '../support/expectations.ts';
import { deleted, exampleCall, item, mutationNames } from '../support/mutations.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();

it('covers every mutation', () => {
  const mutations = Object.keys(schema.getMutationType()?.getFields() ?? {}).filter(
    // Other files test the dry runs of webhooks (test/webhooks/dry-runs.test.ts) and of API keys (test/http/keys.test.ts).
    (name) => !/^(?!create)\w+Webhook|ApiKey$/.test(name),
  );
  expect([...mutationNames].sort()).toEqual(mutations.sort());
});

/** An answer without what every run makes anew. */
const timeless = (answer: unknown) =>
  JSON.stringify(answer).replace(/(item|board|col|contact|webhook)_\w{26}/g, '$1');

it.each(mutationNames)('returns the result of %s and saves nothing', async (name) => {
  const call = await exampleCall(world, name);
  const run = (validateOnly: boolean) => mutate(world, call, { validateOnly });
  const would = await expectNoWrites(world, () => run(true));
  expect(would.errors).toBeUndefined();
  expect(timeless(would)).toBe(timeless(await run(false)));
});

it('fails like a real run', async () => {
  const { id } = await createBoard(world, { A: ['a'] });
  const refused = async (...call: readonly [string, object, string]) =>
    expectNoWrites(world, () => mutate(world, call, { validateOnly: true }));
  expectGraphQLError(
    await refused('createItem', { boardId: id, title: '' }, item),
    'VALIDATION_ERROR',
  );
  expectGraphQLError(
    await refused('createItem', { boardId: id, title: 'x', columnName: 'C' }, item),
    'COLUMN_NOT_FOUND',
  );
  const inUse = await refused('deleteBoard', { id }, deleted);
  expect(expectGraphQLError(inUse, 'BOARD_IN_USE')).toBe(
    'The board still has 1 item. Set deleteItems: true to delete its items too.',
  );
  expectGraphQLError(
    await refused('deleteContacts', { ids: ['contact_xyz'] }, deleted),
    'CONTACT_IN_USE',
  );
});

it('validates REST requests', async () => {
  const { id, items } = await createBoard(world, { A: ['a', 'b'] });
  const path = `/boards/${id}/items`;
  const ask = (method: string, at: string, body: object) =>
    expectNoWrites(world, () => world.rest(method, at, { body: { ...body, validate_only: true } }));
  expect(await ask('POST', path, { title: 'x' })).toMatchObject({
    status: 201,
    body: { data: { title: 'x', position: 2 } },
  });
  expect(await ask('PUT', `${path}/${items.a}`, { title: 'x' })).toMatchObject({
    status: 200,
    body: { data: { title: 'x', version: 2 } },
  });
  expect((await ask('DELETE', path, { item_ids: [items.b] })).body.data).toEqual({
    deleted: 1,
    item_ids: [items.b],
  });
});
