import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type BoardState, checkBoard, readBoard } from '../support/board-state.ts';
import { type BoardTarget, createClient, type GatewayClient } from '../support/client.ts';
import { runs, seed } from '../support/property-settings.ts';
import { useWorld } from '../support/world.ts';
import {
  checkCodes,
  checkSerializable,
  checkVersions,
  isBulk,
  named,
  namesOf,
} from './board/checks.ts';
import {
  checkErrorCodes,
  checkLogged,
  newBoard,
  writeConcurrently,
} from './board/concurrent-writes.ts';
import { modelOf } from './board/model.ts';
import { optionsOf, type Plan, plan, writeOf } from './board/plan.ts';
import { predict } from './board/predict.ts';
import { send } from './board/send.ts';
import { isOfColumn, newWriteKey, type Write } from './board/write.ts';

/** The number of boards, of up to 60 writes each. */
const boards = Math.ceil(runs / 160);
const defaultBoards = 7;
const timeout = 60_000 + boards * 4000;

// Two rows per statement: most columns are deleted and moved in several chunks.
const world = useWorld({ chunkSize: 2 });
let client: GatewayClient;
let agentId: string;
beforeAll(async () => {
  client = createClient(async (path, init) => world.app.fetch(`http://gateway.test${path}`, init));
  agentId = (await world.db.apiKey.findFirstOrThrow()).agentId;
});

/** The number of successful writes by mutation. */
const done = new Map<Write['field'], number>();

/** Applies a write to a board and to its model; returns the board after it. */
async function step(target: BoardTarget, before: BoardState, plan: Plan): Promise<BoardState> {
  const write = writeOf(plan, before);
  const how = { ...optionsOf(plan), ...(plan.isRepeated && { key: newWriteKey() }) };
  const predicted = predict(before, write, agentId);
  const outcome = await send(target, write, how);
  expect(outcome.code, outcome.message ?? 'no error').toBe(predicted.code);
  if (predicted.code === null) checkCodes({ write, how, outcome }, predicted);

  const after = await readBoard(target);
  if (how.validateOnly) expect(after).toEqual(before);
  else {
    expect(modelOf(after)).toEqual(named(predicted.model, namesOf(write, outcome)));
    checkVersions(before, after, { write, outcome });
    const hasSucceeded = outcome.results.some(({ code }) => code === null);
    if (outcome.code === null && hasSucceeded)
      done.set(write.field, (done.get(write.field) ?? 0) + 1);
  }
  if (how.key === undefined) return after;

  const again = await send(target, write, how);
  const isKept = outcome.code === null && !how.validateOnly;
  // A response is stored only if the write reached the database.
  const isRefused =
    isBulk(write) && outcome.results.every(({ code }) => code === 'VALIDATION_ERROR');
  if (isRefused) expect({ ...again, isReplayed: false }).toEqual(outcome);
  else if (isKept) expect(again).toEqual({ ...outcome, isReplayed: true });
  else expect(again.isReplayed).toBe(false);
  if (isKept && !isRefused && !isOfColumn(write)) {
    const [first, ...rest] = write.operations;
    const operations = first && 'title' in first ? [{ ...first, title: 'else' }, ...rest] : [];
    if (operations.length > 0)
      expect((await send(target, { ...write, operations }, how)).code).toBe(
        'IDEMPOTENCY_KEY_REUSED',
      );
  }
  expect(await readBoard(target)).toEqual(after);
  return after;
}

/** A write as a command of fast-check; the model is the expected board. */
class Step implements fc.AsyncCommand<{ board: BoardState }, BoardTarget> {
  readonly plan: Plan;
  constructor(plan: Plan) {
    this.plan = plan;
  }
  check = () => true;
  async run(model: { board: BoardState }, target: BoardTarget): Promise<void> {
    model.board = await step(target, model.board, this.plan);
  }
  toString = () => JSON.stringify(this.plan);
}

describe('a board', () => {
  it(
    'equals its model after every write by GraphQL or REST, and can be rebuilt from its change log',
    async () => {
      const property = fc.asyncProperty(
        fc.commands([plan.map((one) => new Step(one))], { maxCommands: 60, size: 'max' }),
        async (steps) => {
          const target = await newBoard(client);
          const model = { board: await readBoard(target) };
          await fc.asyncModelRun(() => ({ model, real: target }), steps);
          await checkBoard(target, 7);
        },
      );
      await fc.assert(property, { seed, numRuns: boards });
      // Guards the test itself: enough batches must succeed. On a few boards they may be rare by chance.
      const enough = boards < defaultBoards ? 0 : Math.floor(boards * 1.5);
      for (const field of ['updateItems', 'upsertItems', 'writeItems'] as const)
        expect(done.get(field) ?? 0, field).toBeGreaterThanOrEqual(enough);
    },
    timeout,
  );

  it(
    'serializes the concurrent writes of clients with stale ids and versions',
    async () => {
      const target = await newBoard(client);
      const writes = await writeConcurrently([target], { seed, clients: 8, each: 3 * boards });
      expect(writes.filter(({ outcome }) => outcome?.code === null).length).toBeGreaterThan(
        writes.length / 3,
      );
      checkErrorCodes(writes.flatMap(({ outcome }) => outcome ?? []));
      const log = await checkBoard(target);
      checkLogged(log, writes);
      expect(checkSerializable(log, writes, agentId)).toBeGreaterThan(writes.length / 4);
    },
    timeout,
  );
});
