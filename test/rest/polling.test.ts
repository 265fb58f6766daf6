import { expect, it } from 'vitest';
import { createBoard } from '../support/boards.ts';
import { useServer } from '../support/servers.ts';
import { createKey, useWorld } from '../support/world.ts';

const world = useWorld();
const server = useServer(world);

interface Change {
  board_id: string | null;
  revision: number;
  id: string;
  action: string;
}

interface Page {
  data: Change[];
  next_cursor: string;
  has_more: boolean;
}

/** A trigger that polls, as n8n and Zapier run it: between two polls only a JSON text is kept. */
class PollingTrigger {
  #key: string;
  #state = '{}';

  constructor(key: string) {
    this.#key = key;
  }

  async #get(query: string): Promise<Page> {
    const headers = { authorization: `Bearer ${this.#key}` };
    const response = await fetch(`${server.url}/api/crm/changes?${query}`, { headers });
    return response.json();
  }

  /** The changes since the last poll; none at the first. With `isInterrupted` the state is not saved. */
  async poll({ isInterrupted = false } = {}): Promise<Change[]> {
    let { cursor = 'now' }: { cursor?: string } = JSON.parse(this.#state);
    const changes: Change[] = [];
    let page: Page;
    do {
      page = await this.#get(`limit=7&after=${encodeURIComponent(cursor)}`);
      changes.push(...page.data);
      cursor = page.next_cursor;
    } while (page.has_more);
    if (!isInterrupted) this.#state = JSON.stringify({ cursor });
    return changes;
  }
}

/** The key by which an automation recognizes a change that it has handled. */
const idOf = ({ board_id, revision, id }: Change): string => `${board_id}:${revision}:${id}`;

it('a trigger that polls during writes has every change once, in order', async () => {
  const boards = [
    await createBoard(world, { A: ['a'], B: [] }),
    await createBoard(world, { A: ['a'], B: [] }),
  ];
  const trigger = new PollingTrigger((await createKey(world, { isReadOnly: true })).key);
  expect(await trigger.poll()).toEqual([]);
  const rounds = 12;
  const write = async ({ id, items, columns }: (typeof boards)[number]) => {
    for (let round = 0; round < rounds; round += 1) {
      const operations = [
        { op: 'create', title: `${round}` },
        { op: 'update', id: items.a, column_id: columns[round % 2 === 0 ? 'B' : 'A'] },
      ];
      const { status } = await world.rest('POST', `/boards/${id}/items/batch`, {
        body: { operations },
      });
      expect(status).toBe(200);
    }
  };
  let isWriting = true;
  const writing = Promise.all(boards.map(write)).finally(() => {
    isWriting = false;
  });
  const changes: Change[] = [];
  while (isWriting) changes.push(...(await trigger.poll()));
  await writing;
  changes.push(...(await trigger.poll()));
  expect(await trigger.poll()).toEqual([]);
  expect(new Set(changes.map(idOf)).size).toBe(changes.length);
  for (const { id } of boards) {
    const { body } = await world.rest<Change[]>('GET', `/boards/${id}/changes?limit=500`);
    const ofBoard = changes.filter(({ board_id }) => board_id === id);
    const written = body.data.slice(-rounds * 2).map(({ revision, id }) => [revision, id]);
    expect(ofBoard.map(({ revision, id }) => [revision, id])).toEqual(written);
  }
});

it('a trigger that was interrupted before it saved has the same changes again', async () => {
  const trigger = new PollingTrigger((await createKey(world, { isReadOnly: true })).key);
  await trigger.poll();
  await createBoard(world, { A: ['a', 'b'] });
  const first = await trigger.poll({ isInterrupted: true });
  expect(first.length).toBeGreaterThan(2);
  await createBoard(world, { A: ['c'] });
  const second = await trigger.poll();
  expect(second.slice(0, first.length).map(idOf)).toEqual(first.map(idOf));
  expect(second.length).toBeGreaterThan(first.length);
});
