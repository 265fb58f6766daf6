import { expect, it } from 'vitest';
import { contactsLog } from '../../src/domain/contacts/contact-log.ts';
import { LogWatch } from '../../src/live/log-watch.ts';
import { createBoard, mutateOk, type TestBoard } from '../support/boards.ts';
import { createKey, useWorld, type World } from '../support/world.ts';

const world = useWorld();

const workspaceOf = async () => {
  const { key, workspaceId } = await createKey(world, { inOtherWorkspace: true });
  const api: World = { ...world, graphql: (text, input) => world.graphql(text, input, key) };
  return { api, workspaceId, board: await createBoard(api, { A: ['a'] }) };
};

const rename = (api: World, { items }: TestBoard, title: string) =>
  mutateOk(api, 'updateItem', { id: items.a, title }, 'item { id }');

/** Watches the board and the contacts of workspaces. `poll` returns the names of the logs that were called. */
function watchAll(workspaces: readonly { workspaceId: string; board: TestBoard }[]) {
  const watch = new LogWatch(world.db);
  let called: string[] = [];
  const ends = workspaces.flatMap(({ workspaceId, board }, n) => [
    watch.watch({ workspaceId, logId: board.id }, () => called.push(`board ${n}`)),
    watch.watch({ workspaceId, logId: contactsLog }, () => called.push(`contacts ${n}`)),
  ]);
  const poll = async () => {
    called = [];
    await watch.poll();
    return called;
  };
  return { watch, poll, end: () => ends.forEach((endOne) => void endOne()) };
}

it.each([2, 101])('finds the logs that have grown, of %i workspaces', async (count) => {
  const [one, two] = [await workspaceOf(), await workspaceOf()];
  const { watch, poll, end } = watchAll([one, two]);
  const others = Array.from({ length: count - 2 }, (_, n) =>
    watch.watch({ workspaceId: `workspace_${n}`, logId: 'board' }, () => {}),
  );
  await poll();
  expect(await poll()).toEqual([]);
  await rename(two.api, two.board, 'b');
  await mutateOk(one.api, 'createContact', { name: 'x' }, 'contact { id }');
  expect(await poll()).toEqual(['contacts 0', 'board 1']);
  await mutateOk(one.api, 'deleteBoard', { id: one.board.id, deleteItems: true }, 'deletedIds');
  expect(await poll()).toEqual(['board 0']);
  end();
  for (const endOne of others) endOne();
});
