import fc from 'fast-check';
import { expect } from 'vitest';
import { type Change, peek } from '../../support/board-state.ts';
import type { BoardTarget, GatewayClient } from '../../support/client.ts';
import { optionsOf, plan, writeOf } from './plan.ts';
import { send } from './send.ts';
import { isOfColumn, newWriteKey, type Outcome, type SendOptions, type Write } from './write.ts';

/** A write that was sent. */
export interface Sent {
  write: Write;
  how: SendOptions & { key: string };
  /** The response; undefined if the connection broke. */
  outcome: Outcome | undefined;
  /** The responses to retries. */
  retries: Outcome[];
}

/** A new board with a few columns and items. */
export async function newBoard(client: GatewayClient): Promise<BoardTarget> {
  const { data } = await client.graphql<{ createBoard: { board: { id: string } } }>(
    `mutation { createBoard(input: {
      name: "Busy", columns: [{ name: "New" }, { name: "Été" }, { name: "Won" }] }) { board { id } } }`,
  );
  const target = { client, boardId: data.createBoard.board.id };
  const operations = ['a', 'b', 'c', 'd', 'e', 'f'].map((title, n) => {
    const columnName = n < 4 ? 'New' : 'Won';
    return { op: 'create', title, columnName, values: { phone: `${n}` } } as const;
  });
  await send(target, { field: 'createItems', operations, mode: 'ATOMIC' });
  return target;
}

export interface Load {
  seed: number;
  /** Concurrent clients, each with one request at a time. */
  clients: number;
  /** The most writes of each client. */
  each: number;
  /** Stops the clients when it returns true. */
  isOver?: () => boolean;
  /** Called after the response to each write, or its loss. */
  onWrite?: (sent: Sent) => void;
}

/**
 * Runs clients that write to one board at the same time, by GraphQL or REST, with ids and versions that may be stale.
 * Every write has an idempotency key. The seed determines the writes, but not how they interleave.
 */
export async function writeConcurrently(
  targets: readonly BoardTarget[],
  load: Load,
): Promise<Sent[]> {
  const { seed, clients, each, isOver = () => false, onWrite = () => {} } = load;
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
        how: { ...optionsOf(one), key: newWriteKey() },
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

/** The error codes that concurrent writes may cause. */
const expectedCodes = new Set<string | null>([
  null,
  'VALIDATION_ERROR',
  'BOARD_NOT_FOUND',
  'COLUMN_NOT_FOUND',
  'ITEM_NOT_FOUND',
  'CONTACT_NOT_FOUND',
  'COLUMN_IN_USE',
  'VERSION_CONFLICT',
  'NAME_TAKEN',
  'AMBIGUOUS_MATCH',
]);

/** Expects no other error codes, and none that tells the caller of a conflict inside the database. */
export function checkErrorCodes(outcomes: readonly Outcome[], mayBeUnavailable = false): void {
  for (const { status, code, message, retryAfter } of outcomes) {
    if (mayBeUnavailable && code === 'SERVICE_UNAVAILABLE')
      expect({ status, retryAfter }).toEqual({ status: 503, retryAfter: '1' });
    else expect(expectedCodes, `${status} ${code} ${message}`).toContain(code);
    expect(message ?? '').not.toContain('Another request changed the same thing');
  }
}

const claim = (id: string | null, what: number | 'DELETED' | null): string => `${id} ${what}`;

/**
 * Compares the change log with the responses: every success is in the log, and every entry of the log was reported to
 * a client. So no write is lost, and none is applied twice.
 */
export function checkLogged(log: readonly Change[], writes: readonly Sent[]): void {
  const claims = new Set<string>();
  const isInLog = new Set<string>();
  for (const { subjectId, version, action } of log)
    isInLog.add(claim(subjectId, action === 'DELETED' ? 'DELETED' : version));
  for (const { write, how, outcome, retries } of writes) {
    for (const { code, results } of outcome ? [outcome, ...retries] : retries) {
      if (code !== null || how.validateOnly) continue;
      for (const { id, action, version, code: fault } of results) {
        if (fault !== null || id === null) continue;
        const isDeleted = action === 'DELETED' || /^delete(Item|Column)$/.test(write.field);
        const name = claim(id, isDeleted ? 'DELETED' : version);
        if (!(isOfColumn(write) && write.field === 'updateColumn'))
          expect(isInLog, `what was answered to ${write.field}`).toContain(name);
        claims.add(name);
      }
    }
  }
  const begin = log.find(({ subject }) => subject === 'ITEM')?.revision ?? 0;
  // Deleting a column moves or deletes its items, which the response does not list.
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

/** For how many ms a write may be unavailable or still running. */
const settleTimeout = 20_000;

/** Retries a write with its key until the response is final. */
async function settle(target: BoardTarget, { write, how }: Sent): Promise<Outcome> {
  const end = performance.now() + settleTimeout;
  for (;;) {
    const outcome = await send(target, write, how);
    const isOpen = /^(SERVICE_UNAVAILABLE|IDEMPOTENCY_KEY_IN_USE)$/.test(outcome.code ?? '');
    if (!isOpen) return outcome;
    expect(performance.now(), `${outcome.code} has an end`).toBeLessThan(end);
  }
}

/** Retries every write with its key: the first response is repeated, and nothing is applied twice. */
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
