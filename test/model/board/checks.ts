import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { type BoardState, type Change, statesOf } from '../../support/board-state.ts';
import type { Sent } from './concurrent-writes.ts';
import { type Model, modelOf, newIdOf, type Prediction } from './model.ts';
import { predict } from './predict.ts';
import { isOfColumn, type Outcome, type ResultOf, type SendOptions, type Write } from './write.ts';

/** Replaces the placeholders of new items and columns by the ids that the server assigned. */
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

/** The ids of the items of a write, in the order of its operations. */
export const namesOf = (write: Write, { results }: Outcome): (string | null)[] =>
  results.length > 0
    ? results.map(({ id }) => id)
    : isOfColumn(write)
      ? []
      : write.operations.map((operation) => ('id' in operation ? operation.id : null));

export const isBulk = (write: Write): boolean =>
  !isOfColumn(write) && write.field.endsWith('Items');

/** Expects the predicted code of each operation of a batch. */
export function checkCodes(
  { write, how, outcome }: Pick<Sent, 'write' | 'outcome'> & { how: SendOptions },
  predicted: Prediction,
): void {
  const results = outcome?.results ?? [];
  const tellsAll = isBulk(write) && results.every(({ action }) => action !== null);
  const isDeletion = write.field === 'deleteItems' && how.door === 'rest';
  if (tellsAll && !isDeletion) expect(results.map(({ code }) => code)).toEqual(predicted.codes);
}

/** Expects that versions and the revision count changes and nothing else. */
export function checkVersions(
  before: BoardState,
  after: BoardState,
  { write, outcome }: { write: Write; outcome: Outcome },
): void {
  const old = new Map(before.items.map((item) => [item.id, item]));
  const said = new Map(outcome.results.map((result) => [result.id, result]));
  const resolved = new Set(
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
    const results = outcome.results.filter(({ id }) => id === item.id);
    const isRepeated = results.length > 1;
    const counts = isRepeated
      ? results.filter(({ action }) => action === 'CREATED' || action === 'UPDATED').length
      : Number(was === undefined || (resolved.has(item.id) && isChanged));
    if (counts > 0) isSame = false;
    expect(item.version, `the version of ${item.id}`).toBe(version + counts);
    const result = said.get(item.id);
    if (result?.version != null) expect(result.version).toBe(item.version);
    if (result?.action != null && result.code === null && !isRepeated)
      expect(result.action).toBe(
        was === undefined ? 'CREATED' : isChanged ? 'UPDATED' : 'UNCHANGED',
      );
  }
  // Moving an item to its own place changes nothing.
  const isMove = write.field === 'moveItem' && write.place?.position === undefined;
  if (isMove && JSON.stringify(modelOf(before)) === JSON.stringify(modelOf(after)))
    expect(after).toEqual(before);
  const columnsOf = ({ columns }: BoardState) =>
    JSON.stringify(columns.map(({ itemsCount: _, ...column }) => column));
  if (columnsOf(before) !== columnsOf(after)) isSame = false;
  expect(after.revision, 'the revision').toBe(before.revision + (isSame ? 0 : 1));
}

/** A write that succeeded. */
interface Succeeded extends Sent {
  outcome: Outcome;
}

const hasSucceeded = (sent: Sent): sent is Succeeded =>
  sent.outcome?.code === null && sent.how.validateOnly !== true;

/** The revisions of the log that contain results of a write. */
function revisionsOf({ write, outcome }: Succeeded, log: readonly Change[]): number[] {
  const isDeleted = (result: ResultOf) =>
    result.action === 'DELETED' || /^delete(Item|Column)$/.test(write.field);
  const isOf = (change: Change) => (result: ResultOf) => {
    if (result.code !== null || result.id !== change.subjectId) return false;
    if (result.action === 'UNCHANGED' || change.action === 'SHIFTED') return false;
    if (isDeleted(result)) return change.action === 'DELETED';
    if (write.field === 'createColumn') return change.action === 'CREATED';
    return change.action !== 'DELETED' && result.version === change.version;
  };
  const found = log.filter((change) => outcome.results.some(isOf(change)));
  return [...new Set(found.map(({ revision }) => revision))];
}

/** Whether the response reports a change, which must be in the log. */
const mustBeLogged = ({ write, outcome }: Succeeded): boolean =>
  /^(create|delete)(Item|Column)$/.test(write.field) ||
  outcome.results.some(({ action }) => /CREATED|UPDATED|DELETED/.test(action ?? ''));

/** The history of a board under concurrent writes. */
interface History {
  /** The change log after the board was filled. */
  log: readonly Change[];
  /** The board after each revision. */
  states: readonly BoardState[];
  /** The expected result of a write alone. */
  predictionOf: (board: BoardState, sent: Succeeded) => Prediction;
  /** The write of each revision. */
  owners: Map<number, Succeeded>;
}

/** The board before and after a revision. */
function around({ states }: History, revision: number): { before: BoardState; after: BoardState } {
  const at = states.findIndex((state) => state.revision === revision);
  const [before, after] = [states[at - 1], states[at]];
  if (!before || !after) throw new Error(`nothing is known of revision ${revision}`);
  return { before, after };
}

/** Expects that a write produced a revision, and no other write did. */
function checkRevision(history: History, revision: number, sent: Succeeded): void {
  const { write, outcome } = sent;
  const { before, after } = around(history, revision);
  const predicted = history.predictionOf(before, sent);
  const told = `${write.field} at ${revision}`;
  expect(predicted.code, told).toBeNull();
  checkCodes(sent, predicted);
  expect(modelOf(after), told).toEqual(predicted.model);
  checkVersions(before, after, { write, outcome });
  expect(history.owners.has(revision), `${told} is one of two`).toBe(false);
  history.owners.set(revision, sent);
}

/** Checks a write whose response does not say if it changed anything: it is in the log, or changes nothing. */
function checkQuiet(history: History, sent: Succeeded): void {
  const makes = (before: BoardState, after: BoardState): boolean => {
    const { code, model } = history.predictionOf(before, sent);
    return code === null && isDeepStrictEqual(model, modelOf(after));
  };
  const revision = revisionsOf(sent, history.log).find((one) => {
    const { before, after } = around(history, one);
    return !history.owners.has(one) && makes(before, after);
  });
  if (revision !== undefined) checkRevision(history, revision, sent);
  else {
    const isNothing = history.states.some((state) => makes(state, state));
    expect(isNothing, `${JSON.stringify(sent)} changed something`).toBe(true);
  }
}

/**
 * Expects that concurrent writes are serializable: in the order of the log, each write changes the board before it as
 * the model predicts. A write that is not in the log changes nothing in some state. Every revision belongs to a write.
 * Returns the number of revisions.
 */
export function checkSerializable(
  log: readonly Change[],
  writes: readonly Sent[],
  agentId: string,
): number {
  const begin = log.find(({ subject }) => subject === 'ITEM')?.revision ?? 0;
  const history: History = {
    log: log.filter(({ revision }) => revision > begin),
    states: [...statesOf(log)],
    predictionOf(board, { write, outcome }) {
      const predicted = predict(board, write, agentId);
      return { ...predicted, model: named(predicted.model, namesOf(write, outcome)) };
    },
    owners: new Map(),
  };
  const answered = writes.filter(hasSucceeded);
  for (const sent of answered.filter(mustBeLogged)) {
    const revisions = revisionsOf(sent, history.log);
    expect(revisions, `${sent.write.field} is one change`).toHaveLength(1);
    for (const revision of revisions) checkRevision(history, revision, sent);
  }
  for (const sent of answered.filter((one) => !mustBeLogged(one))) checkQuiet(history, sent);
  const since = history.states.map(({ revision }) => revision).filter((one) => one > begin);
  expect([...history.owners.keys()].sort((a, b) => a - b)).toEqual(since);
  return since.length;
}
