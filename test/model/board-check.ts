import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { type BoardState, type Change, statesOf } from '../support/board-state.ts';
import { type Model, modelOf, newIdOf, type Prediction, predict } from './board-model.ts';
import type { Sent } from './board-storm.ts';
import { type How, isOfColumn, type Outcome, type ResultOf, type Write } from './board-write.ts';

/** The model with the ids that the server gave to what is new. */
export function named(model: Model, ids: readonly (string | null)[]): Model {
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
export const namesOf = (write: Write, { results }: Outcome): (string | null)[] =>
  results.length > 0
    ? results.map(({ id }) => id)
    : isOfColumn(write)
      ? []
      : write.operations.map((operation) => ('id' in operation ? operation.id : null));

export const isBulk = (write: Write): boolean =>
  !isOfColumn(write) && write.field.endsWith('Items');

/** Expects what was predicted for each part of a batch, where the door says. */
export function checkCodes(
  { write, how, outcome }: Pick<Sent, 'write' | 'outcome'> & { how: How },
  predicted: Prediction,
): void {
  const results = outcome?.results ?? [];
  const tellsAll = isBulk(write) && results.every(({ action }) => action !== null);
  const isDeletion = write.field === 'deleteItems' && how.door === 'rest';
  if (tellsAll && !isDeletion) expect(results.map(({ code }) => code)).toEqual(predicted.codes);
}

/** What a write does to versions and to the revision: they count changes, and nothing else. */
export function checkVersions(
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

/** A write that was answered with success. */
interface Done extends Sent {
  outcome: Outcome;
}

const isDone = (sent: Sent): sent is Done =>
  sent.outcome?.code === null && sent.how.validateOnly !== true;

/** The revisions that may be a write's: where its results are in the log. */
function revisionsOf({ write, outcome }: Done, log: readonly Change[]): number[] {
  const isGone = (result: ResultOf) =>
    result.action === 'DELETED' || /^delete(Item|Column)$/.test(write.field);
  const isOf = (change: Change) => (result: ResultOf) => {
    if (result.code !== null || result.id !== change.subjectId) return false;
    if (result.action === 'UNCHANGED' || change.action === 'SHIFTED') return false;
    if (isGone(result)) return change.action === 'DELETED';
    if (write.field === 'createColumn') return change.action === 'CREATED';
    return change.action !== 'DELETED' && result.version === change.version;
  };
  const found = log.filter((change) => outcome.results.some(isOf(change)));
  return [...new Set(found.map(({ revision }) => revision))];
}

/** Whether an answer says that something was done, so that it must be in the log. */
const saysSo = ({ write, outcome }: Done): boolean =>
  /^(create|delete)(Item|Column)$/.test(write.field) ||
  outcome.results.some(({ action }) => /CREATED|UPDATED|DELETED/.test(action ?? ''));

/** What there is to hold writes against that met. */
interface Held {
  /** Since the board was filled. */
  log: readonly Change[];
  /** The board after each revision. */
  states: readonly BoardState[];
  /** What a write would have made of a board, had it been alone. */
  predictionOf: (board: BoardState, sent: Done) => Prediction;
  /** Which write made which revision. */
  owners: Map<number, Done>;
}

/** The board before and after a revision. */
function around({ states }: Held, revision: number): { before: BoardState; after: BoardState } {
  const at = states.findIndex((state) => state.revision === revision);
  const [before, after] = [states[at - 1], states[at]];
  if (!before || !after) throw new Error(`nothing is known of revision ${revision}`);
  return { before, after };
}

/** Expects that a write made a revision, and nobody else. */
function checkRevision(held: Held, revision: number, sent: Done): void {
  const { write, outcome } = sent;
  const { before, after } = around(held, revision);
  const predicted = held.predictionOf(before, sent);
  const told = `${write.field} at ${revision}`;
  expect(predicted.code, told).toBeNull();
  checkCodes(sent, predicted);
  expect(modelOf(after), told).toEqual(predicted.model);
  checkVersions(before, after, { write, outcome });
  expect(held.owners.has(revision), `${told} is one of two`).toBe(false);
  held.owners.set(revision, sent);
}

/** Expects of a write whose answer does not say whether it did anything that it did, or had nothing to do. */
function checkQuiet(held: Held, sent: Done): void {
  const makes = (before: BoardState, after: BoardState): boolean => {
    const { code, model } = held.predictionOf(before, sent);
    return code === null && isDeepStrictEqual(model, modelOf(after));
  };
  const revision = revisionsOf(sent, held.log).find((one) => {
    const { before, after } = around(held, one);
    return !held.owners.has(one) && makes(before, after);
  });
  if (revision !== undefined) checkRevision(held, revision, sent);
  else {
    const isNothing = held.states.some((state) => makes(state, state));
    expect(isNothing, `${JSON.stringify(sent)} changed something`).toBe(true);
  }
}

/**
 * Holds writes that met against the model: the log says which one came when, and each must have made of the
 * board before it what it would have made had it been alone. One that changed nothing must have had nothing to
 * change at some moment. Every revision since the board was filled is some write's. Returns how many there are.
 */
export function checkSerial(
  log: readonly Change[],
  writes: readonly Sent[],
  agentId: string,
): number {
  const begin = log.find(({ subject }) => subject === 'ITEM')?.revision ?? 0;
  const held: Held = {
    log: log.filter(({ revision }) => revision > begin),
    states: [...statesOf(log)],
    predictionOf(board, { write, outcome }) {
      const predicted = predict(board, write, agentId);
      return { ...predicted, model: named(predicted.model, namesOf(write, outcome)) };
    },
    owners: new Map(),
  };
  const answered = writes.filter(isDone);
  for (const sent of answered.filter(saysSo)) {
    const revisions = revisionsOf(sent, held.log);
    expect(revisions, `${sent.write.field} is one change`).toHaveLength(1);
    for (const revision of revisions) checkRevision(held, revision, sent);
  }
  for (const sent of answered.filter((one) => !saysSo(one))) checkQuiet(held, sent);
  const since = held.states.map(({ revision }) => revision).filter((one) => one > begin);
  expect([...held.owners.keys()].sort((a, b) => a - b)).toEqual(since);
  return since.length;
}
