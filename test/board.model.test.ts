import process from 'node:process';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { steps } from '../src/items/attempt.ts';
import { type Model, modelOf, newIdOf, predict } from './board-model.ts';
import { howOf, type Plan, plan, writeOf } from './board-plan.ts';
import { send } from './board-send.ts';
import { type BoardState, checkBoard, readBoard } from './board-state.ts';
import { checkAnswers, checkClaims, newBoard, storm } from './board-storm.ts';
import { isOfColumn, newWriteKey, type Outcome, type Write } from './board-write.ts';
import { type Doors, doorsOf, type Target } from './doors.ts';
import { useWorld } from './world.ts';

const seed = Number(process.env.PROPERTY_SEED ?? 20250320);
/** Boards of up to 60 writes each: one for as many questions as take the same time. */
const runs = Math.ceil(Number(process.env.PROPERTY_RUNS ?? 2000) / 200);
const patience = 60_000 + runs * 4000;

const world = useWorld();
let doors: Doors;
let agentId: string;
// Columns that go take their items along in more than one step.
const { size } = steps;
afterAll(() => {
  steps.size = size;
});
beforeAll(async () => {
  steps.size = 2;
  doors = doorsOf(async (path, init) => world.app.fetch(`http://gateway.test${path}`, init));
  agentId = (await world.db.apiKey.findFirstOrThrow()).agentId;
});

/** The model with the ids that the server gave to what is new. */
function named(model: Model, ids: readonly (string | null)[]): Model {
  const real = new Map(ids.map((id, n) => [newIdOf(n), id ?? '']));
  const rename = <Row extends { id: string }>(row: Row): Row => ({
    ...row,
    id: real.get(row.id) ?? row.id,
  });
  return {
    columns: model.columns.map((column) => ({
      ...rename(column),
      items: column.items.map(rename),
    })),
  };
}

/** Ids of what a write names or made, in the order of its parts. */
const namesOf = (write: Write, { results }: Outcome): (string | null)[] =>
  results.length > 0
    ? results.map(({ id }) => id)
    : isOfColumn(write)
      ? []
      : write.operations.map((operation) => ('id' in operation ? operation.id : null));

/** One write against a board, and against the model of it. Returns the board as it is then. */
async function step(target: Target, before: BoardState, plan: Plan): Promise<BoardState> {
  const write = writeOf(plan, before);
  const how = { ...howOf(plan), ...(plan.isRepeated && { key: newWriteKey() }) };
  const predicted = predict(before, write, agentId);
  const outcome = await send(target, write, how);
  expect(outcome.code, outcome.message ?? 'no error').toBe(predicted.code);
  const isBulk = !isOfColumn(write) && write.field.endsWith('Items');
  const tellsAll = outcome.results.every(({ action }) => action !== null) && isBulk;
  const isDeletion = write.field === 'deleteItems' && how.door === 'rest';
  if (predicted.code === null && tellsAll && !isDeletion)
    expect(outcome.results.map(({ code }) => code)).toEqual(predicted.codes);

  const after = await readBoard(target);
  if (how.validateOnly) expect(after).toEqual(before);
  else {
    expect(modelOf(after)).toEqual(named(predicted.model, namesOf(write, outcome)));
    checkVersions(before, after, { write, outcome });
  }
  if (how.key === undefined) return after;

  const again = await send(target, write, how);
  const isKept = outcome.code === null && !how.validateOnly;
  // What was refused without the database has nothing to be kept.
  const isRefused = isBulk && outcome.results.every(({ code }) => code === 'VALIDATION_ERROR');
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

/** What a write does to versions and to the revision: they count changes, and nothing else. */
function checkVersions(
  before: BoardState,
  after: BoardState,
  { write, outcome }: { write: Write; outcome: Outcome },
): void {
  const old = new Map(before.items.map((item) => [item.id, item]));
  const said = new Map(outcome.results.map((result) => [result.id, result]));
  const meant = new Set(
    isOfColumn(write)
      ? before.items
          .filter(({ columnId }) => columnId === (write.input as { id?: string }).id)
          .map(({ id }) => id)
      : namesOf(write, outcome),
  );
  let isSame = before.items.length === after.items.length;
  for (const item of after.items) {
    const was = old.get(item.id);
    const { version: _, position: __, ...fields } = item;
    const { version = 0, position, ...fieldsBefore } = was ?? { position: Number.NaN };
    const isChanged =
      position !== item.position || JSON.stringify(fields) !== JSON.stringify(fieldsBefore);
    if (isChanged) isSame = false;
    const counts = was === undefined || (meant.has(item.id) && isChanged) ? 1 : 0;
    expect(item.version, `the version of ${item.id}`).toBe(version + counts);
    const result = said.get(item.id);
    if (result?.version != null) expect(result.version).toBe(item.version);
    if (result?.action != null && result.code === null)
      expect(result.action).toBe(
        was === undefined ? 'CREATED' : isChanged ? 'UPDATED' : 'UNCHANGED',
      );
  }
  // An item that is where it is to go stays as it is.
  const isMove = write.field === 'moveItem' && write.place?.position === undefined;
  if (isMove && JSON.stringify(modelOf(before)) === JSON.stringify(modelOf(after)))
    expect(after).toEqual(before);
  const columnsOf = ({ columns }: BoardState) =>
    JSON.stringify(columns.map(({ itemsCount: _, ...column }) => column));
  if (columnsOf(before) !== columnsOf(after)) isSame = false;
  expect(after.revision, 'the revision').toBe(before.revision + (isSame ? 0 : 1));
}

/** A write as a command of fast-check's: the model is the board as it must be. */
class Step implements fc.AsyncCommand<{ board: BoardState }, Target> {
  readonly plan: Plan;
  constructor(plan: Plan) {
    this.plan = plan;
  }
  check = () => true;
  async run(model: { board: BoardState }, target: Target): Promise<void> {
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
          const target = await newBoard(doors);
          const model = { board: await readBoard(target) };
          await fc.asyncModelRun(() => ({ model, real: target }), steps);
          await checkBoard(target, 7);
        },
      );
      await fc.assert(property, { seed, numRuns: runs });
    },
    patience,
  );

  it(
    'is whole after several clients wrote at once, each with what it knew a moment ago',
    async () => {
      const target = await newBoard(doors);
      const writes = await storm([target], { seed, clients: 8, each: 3 * runs });
      expect(writes.filter(({ outcome }) => outcome?.code === null).length).toBeGreaterThan(
        writes.length / 3,
      );
      checkAnswers(writes.flatMap(({ outcome }) => outcome ?? []));
      checkClaims(await checkBoard(target), writes);
    },
    patience,
  );
});
