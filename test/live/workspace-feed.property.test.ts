import fc from 'fast-check';
import { expect, it } from 'vitest';
import { contactsLog } from '../../src/domain/contacts/contact-log.ts';
import type { LogEntry } from '../../src/domain/feed/log.ts';
import { type FeedPosition, readWorkspaceFeed } from '../../src/domain/feed/workspace-feed.ts';
import { createBoard, mutateOk, type TestBoard } from '../support/boards.ts';
import { createContact } from '../support/contacts.ts';
import { runs, seed, timeout } from '../support/property-settings.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();
const workspaceId = 'workspace_demo';

interface Plan {
  /** What each writer writes to in turn: a board by its number, or (3) the contacts. */
  writers: number[][];
  /** The sizes of the pages of each reader, each of which waits for so many turns of the event loop in between. */
  readers: { sizes: number[]; pause: number }[];
}

const plan: fc.Arbitrary<Plan> = fc.record({
  writers: fc.array(fc.array(fc.nat(3), { minLength: 10, maxLength: 20 }), {
    minLength: 3,
    maxLength: 4,
  }),
  readers: fc.array(
    fc.record({
      sizes: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 3 }),
      pause: fc.nat(30),
    }),
    { minLength: 2, maxLength: 3 },
  ),
});

async function write(boards: readonly TestBoard[], target: number, title: string): Promise<void> {
  const board = boards[target];
  if (board === undefined) return void (await createContact(world, { name: title }));
  const updates = ['a', 'b'].map((name) => ({ update: { id: board.items[name], title } }));
  const input = { boardId: board.id, operations: updates };
  await mutateOk(world, 'writeItems', input, 'updatedCount');
}

/** Reads from the beginning until the writers have ended and nothing is left. */
async function readAll(
  { sizes, pause }: Plan['readers'][number],
  isOver: () => boolean,
): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  let after: FeedPosition | undefined;
  for (let n = 0; ; n += 1) {
    const wasOver = isOver();
    const size = sizes[n % sizes.length];
    const page = await readWorkspaceFeed(world.db, { workspaceId, size }, after);
    entries.push(...page.changes);
    after = page.end;
    if (wasOver && !page.hasMore) return entries;
    for (let turn = 0; turn < pause; turn += 1) await new Promise((done) => setImmediate(done));
  }
}

/** The entries of each log by its id, as [revision, subject]. */
function byLog(entries: readonly LogEntry[]): Map<string, [number, string][]> {
  const logs = new Map<string, [number, string][]>();
  for (const entry of entries) {
    const log = 'boardId' in entry ? entry.boardId : contactsLog;
    logs.set(log, [...(logs.get(log) ?? []), [entry.revision, entry.subjectId]]);
  }
  return logs;
}

async function writtenLogs(): Promise<Map<string, [number, string][]>> {
  const orderBy = [{ revision: 'asc' as const }, { n: 'asc' as const }];
  const changes = await world.db.boardChange.findMany({ where: { workspaceId }, orderBy });
  const contacts = await world.db.contactChange.findMany({ where: { workspaceId }, orderBy });
  const logs = new Map<string, [number, string][]>();
  const add = (log: string, revision: bigint, id: string) =>
    logs.set(log, [...(logs.get(log) ?? []), [Number(revision), id]]);
  for (const { boardId, revision, subjectId } of changes) add(boardId, revision, subjectId);
  for (const { revision, contactId } of contacts) add(contactsLog, revision, contactId);
  return logs;
}

it('gives every reader each log once and in order, and all readers the same, while others write', {
  timeout,
}, async () => {
  for (const { writers, readers } of fc.sample(plan, { seed, numRuns: Math.ceil(runs / 500) })) {
    const boards = [
      await createBoard(world, { A: ['a', 'b'] }),
      await createBoard(world, { A: ['a', 'b'] }),
      await createBoard(world, { A: ['a', 'b'] }),
    ];
    let isOver = false;
    const written = Promise.all(
      writers.map(async (targets, writer) => {
        for (const [n, target] of targets.entries()) await write(boards, target, `${writer} ${n}`);
      }),
    ).finally(() => {
      isOver = true;
    });
    const feeds = await Promise.all(readers.map((reader) => readAll(reader, () => isOver)));
    await written;
    const logs = await writtenLogs();
    for (const entries of feeds) {
      expect(byLog(entries)).toEqual(logs);
      expect(entries).toEqual(feeds[0]);
    }
  }
});
