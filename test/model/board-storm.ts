import fc from 'fast-check';
import { expect } from 'vitest';
import { type Change, peek } from '../support/board-state.ts';
import type { BoardTarget, GatewayClient } from '../support/client.ts';
import { howOf, plan, writeOf } from './board-plan.ts';
import { send } from './board-send.ts';
import { type How, isOfColumn, newWriteKey, type Outcome, type Write } from './board-write.ts';

/** A write that was sent. */
export interface Sent {
  write: Write;
  how: How & { key: string };
  /** What was answered; undefined where the connection broke. */
  outcome: Outcome | undefined;
  /** What was answered each time that it was sent again. */
  retries: Outcome[];
}

/** A new board with a few columns and items. */
export async function newBoard(client: GatewayClient): Promise<BoardTarget> {
  const { data } = await client.graphql<{ createBoard: { board: { id: string } } }>(
    `mutation { createBoard(input: {
      name: "Storm", columns: [{ name: "New" }, { name: "Été" }, { name: "Won" }] }) { board { id } } }`,
  );
  const target = { client, boardId: data.createBoard.board.id };
  const operations = ['a', 'b', 'c', 'd', 'e', 'f'].map((title, n) => {
    const columnName = n < 4 ? 'New' : 'Won';
    return { op: 'create', title, columnName, values: { phone: `${n}` } } as const;
  });
  await send(target, { field: 'createItems', operations, mode: 'ATOMIC' });
  return target;
}

export interface Storm {
  seed: number;
  /** How many write at once, one request after the other each. */
  clients: number;
  /** How many writes each client sends at most. */
  each: number;
  /** Ends the storm. */
  isOver?: () => boolean;
  /** Hears of each write when it was answered or lost. */
  onWrite?: (sent: Sent) => void;
}

/**
 * Clients that write to one board at once, by GraphQL or REST, with ids and versions that may be out of
 * date. Every write has an idempotency key. Which writes they are depends on the seed alone; how they meet does not.
 */
export async function storm(targets: readonly BoardTarget[], how: Storm): Promise<Sent[]> {
  const { seed, clients, each, isOver = () => false, onWrite = () => {} } = how;
  const all: Sent[] = [];
  const client = async (n: number): Promise<void> => {
    const target = targets[n % targets.length] as BoardTarget;
    const plans = fc.sample(plan, { seed: seed + n, numRuns: Math.min(each, 200) });
    let known = await look(target);
    for (let count = 0; count < each && !isOver(); count += 1) {
      const one = plans[count % plans.length];
      if (one === undefined) return;
      if (count % 5 === 4) known = (await look(target)) ?? known;
      if (known === undefined) continue;
      const write = writeOf(one, known);
      const sent: Sent = {
        write,
        how: { ...howOf(one), key: newWriteKey() },
        outcome: undefined,
        retries: [],
      };
      all.push(sent);
      sent.outcome = await send(target, write, sent.how).catch(() => undefined);
      onWrite(sent);
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, n) => client(n)));
  return all;
}

const look = (target: BoardTarget) => peek(target).catch(() => undefined);

/** What a write may be answered when others write too; a lack of service where it may be away. */
const honest = new Set<string | null>([
  null,
  'VALIDATION_ERROR',
  'BOARD_NOT_FOUND',
  'COLUMN_NOT_FOUND',
  'ITEM_NOT_FOUND',
  'CONTACT_NOT_FOUND',
  'COLUMN_IN_USE',
  'VERSION_CONFLICT',
  'CONFLICT',
]);

/** Expects that every answer is one that a caller can understand, and that no write was in another one's way. */
export function checkAnswers(outcomes: readonly Outcome[], mayBeAway = false): void {
  for (const { status, code, message, retryAfter } of outcomes) {
    if (mayBeAway && code === 'SERVICE_UNAVAILABLE')
      expect({ status, retryAfter }).toEqual({ status: 503, retryAfter: '1' });
    else expect(honest, `${status} ${code} ${message}`).toContain(code);
    expect(message ?? '').not.toContain('Another request changed the same thing');
  }
}

const claim = (id: string | null, what: number | 'DELETED' | null): string => `${id} ${what}`;

/**
 * Holds the log against what was answered: whatever an answer says was done is in the log, and what is in
 * the log was answered to somebody. So nothing was lost, and nothing was done twice.
 */
export function checkClaims(log: readonly Change[], writes: readonly Sent[]): void {
  const claims = new Set<string>();
  const isInLog = new Set<string>();
  for (const { subjectId, version, action } of log)
    isInLog.add(claim(subjectId, action === 'DELETED' ? 'DELETED' : version));
  for (const { write, how, outcome, retries } of writes) {
    for (const { code, results } of outcome ? [outcome, ...retries] : retries) {
      if (code !== null || how.validateOnly) continue;
      for (const { id, action, version, code: fault } of results) {
        if (fault !== null || id === null) continue;
        const isGone = action === 'DELETED' || /^delete(Item|Column)$/.test(write.field);
        const name = claim(id, isGone ? 'DELETED' : version);
        if (!(isOfColumn(write) && write.field === 'updateColumn'))
          expect(isInLog, `what was answered to ${write.field}`).toContain(name);
        claims.add(name);
      }
    }
  }
  const begin = log.find(({ subject }) => subject === 'ITEM')?.revision ?? 0;
  // The items of a column that goes are moved or deleted along, which its answer does not name.
  const withColumns = new Set(
    log.filter(({ subject }) => subject === 'COLUMN').map(({ revision }) => revision),
  );
  for (const { revision, subject, subjectId, version, action } of log) {
    if (revision <= begin || action === 'SHIFTED' || subject === 'BOARD') continue;
    if (subject === 'ITEM' ? withColumns.has(revision) : !/CREATED|DELETED/.test(action)) continue;
    const name = claim(subjectId, action === 'DELETED' ? 'DELETED' : version);
    expect(claims, `${action} ${subject} at ${revision} was answered`).toContain(name);
  }
}

/** Milliseconds that a write may be refused for now, by those that are still running or not yet. */
const patience = 20_000;

/** Sends a write again with its key, until it is answered for good. */
async function settle(target: BoardTarget, { write, how }: Sent): Promise<Outcome> {
  const end = performance.now() + patience;
  for (;;) {
    const outcome = await send(target, write, how);
    const isOpen = /^(SERVICE_UNAVAILABLE|IDEMPOTENCY_KEY_IN_USE)$/.test(outcome.code ?? '');
    if (!isOpen) return outcome;
    expect(performance.now(), `${outcome.code} has an end`).toBeLessThan(end);
  }
}

/** Sends every write again with its key. What was answered before is answered again, and not done again. */
export async function retryAll(target: BoardTarget, writes: readonly Sent[]): Promise<void> {
  const queue = [...writes];
  const worker = async (): Promise<void> => {
    for (let sent = queue.shift(); sent !== undefined; sent = queue.shift()) {
      const { how, outcome, retries } = sent;
      const again = await settle(target, sent);
      retries.push(again);
      if (outcome?.code !== null || how.validateOnly) continue;
      const isRefused = outcome.results.every(({ code }) => code === 'VALIDATION_ERROR');
      if (!isRefused) expect(again).toEqual({ ...outcome, isReplayed: true });
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}
