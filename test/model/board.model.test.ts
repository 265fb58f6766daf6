import process from 'node:process';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type BoardState, checkBoard, readBoard } from '../support/board-state.ts';
import { type BoardTarget, createClient, type GatewayClient } from '../support/client.ts';
import { useWorld } from '../support/world.ts';
import { checkCodes, checkSerial, checkVersions, isBulk, named, namesOf } from './board-check.ts';
import { modelOf, predict } from './board-model.ts';
import { howOf, type Plan, plan, writeOf } from './board-plan.ts';
import { send } from './board-send.ts';
import { checkAnswers, checkClaims, newBoard, storm } from './board-storm.ts';
import { isOfColumn, newWriteKey, type Write } from './board-write.ts';

const seed = Number(process.env.PROPERTY_SEED ?? 20250320);
/** Boards of up to 60 writes each: one for as many questions as take the same time. */
const runs = Math.ceil(Number(process.env.PROPERTY_RUNS ?? 2000) / 160);
const patience = 60_000 + runs * 4000;

// Two rows per statement: most columns are deleted and moved in several chunks.
const world = useWorld({ chunkSize: 2 });
let client: GatewayClient;
let agentId: string;
beforeAll(async () => {
  client = createClient(async (path, init) => world.app.fetch(`http://gateway.test${path}`, init));
  agentId = (await world.db.apiKey.findFirstOrThrow()).agentId;
});

/** How many writes of each field were done, at least in part. */
const done = new Map<Write['field'], number>();

/** One write against a board, and against the model of it. Returns the board as it is then. */
async function step(target: BoardTarget, before: BoardState, plan: Plan): Promise<BoardState> {
  const write = writeOf(plan, before);
  const how = { ...howOf(plan), ...(plan.isRepeated && { key: newWriteKey() }) };
  const predicted = predict(before, write, agentId);
  const outcome = await send(target, write, how);
  expect(outcome.code, outcome.message ?? 'no error').toBe(predicted.code);
  if (predicted.code === null) checkCodes({ write, how, outcome }, predicted);

  const after = await readBoard(target);
  if (how.validateOnly) expect(after).toEqual(before);
  else {
    expect(modelOf(after)).toEqual(named(predicted.model, namesOf(write, outcome)));
    checkVersions(before, after, { write, outcome });
    const isDone = outcome.results.some(({ code }) => code === null);
    if (outcome.code === null && isDone) done.set(write.field, (done.get(write.field) ?? 0) + 1);
  }
  if (how.key === undefined) return after;

  const again = await send(target, write, how);
  const isKept = outcome.code === null && !how.validateOnly;
  // What was refused without the database has nothing to be kept.
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

/** A write as a command of fast-check's: the model is the board as it must be. */
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
    'is what a plain model of it is, after every write by whichever door, and its log rebuilds it',
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
      await fc.assert(property, { seed, numRuns: runs });
      // Of what fails easily too, enough worked.
      for (const field of ['updateItems', 'upsertItems', 'writeItems'] as const)
        expect(done.get(field), field).toBeGreaterThanOrEqual(Math.floor(runs * 1.5));
    },
    patience,
  );

  it(
    'is what the model makes of it too after several clients wrote at once, each with what it knew a moment ago',
    async () => {
      const target = await newBoard(client);
      const writes = await storm([target], { seed, clients: 8, each: 3 * runs });
      expect(writes.filter(({ outcome }) => outcome?.code === null).length).toBeGreaterThan(
        writes.length / 3,
      );
      checkAnswers(writes.flatMap(({ outcome }) => outcome ?? []));
      const log = await checkBoard(target);
      checkClaims(log, writes);
      expect(checkSerial(log, writes, agentId)).toBeGreaterThan(writes.length / 4);
    },
    patience,
  );
});
