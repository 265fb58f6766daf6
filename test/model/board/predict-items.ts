import type { BoardState, ItemState } from '../../support/board-state.ts';
import { apply } from './apply-items.ts';
import { chooseColumn } from './choose-column.ts';
import { modelOf, type Prediction, refused, stateAfter } from './model.ts';
import { type ResolvedOperation, resolveOperations } from './resolve-operations.ts';
import { type ItemsWrite, type Operation, unknownContact } from './write.ts';

export function predictItems(board: BoardState, write: ItemsWrite, agentId: string): Prediction {
  const { operations, mode } = write;
  const isMove = write.field === 'moveItem' || write.field === 'moveItems';
  const place = write.place ?? (isMove ? { at: 'BOTTOM' as const } : undefined);
  const codes = inputErrors(operations);
  const isAtomic = mode === 'ATOMIC';
  const firstOf = (all: (string | null)[]) => all.find((code) => code !== null);
  // The gateway does not read the board when every operation of an atomic write is invalid.
  const stop = isAtomic && codes.every((code) => code !== null) ? firstOf(codes) : undefined;
  if (stop != null) return refused(board, stop);
  if (operations.length > 1 && operations.some(({ op }) => op === 'upsert'))
    return predictInOrder(board, write, { codes, agentId });
  const resolved = resolveOperations(board, operations, codes);
  const anchorId = place?.before ?? place?.after;
  const anchor = board.items.find(({ id }) => id === anchorId);
  if (anchorId !== undefined && !anchor) return refused(board, 'ITEM_NOT_FOUND');
  const [first] = resolved;
  const targetColumnId = anchor?.columnId ?? targetColumnOf(board, place && first);
  for (const one of resolved)
    codes[one.n] = errorOf(board, one, { resolved, anchor, targetColumnId });
  const fault = isAtomic ? firstOf(codes) : undefined;
  if (fault != null) return refused(board, fault);
  const done = resolved.filter(({ n }) => codes[n] === null);
  const model = apply(board, done, { place, targetColumnId, agentId });
  return { code: null, codes, model };
}

/** Predicts a batch with upserts: each operation sees what the ones before it did. */
function predictInOrder(
  board: BoardState,
  { operations, mode }: ItemsWrite,
  { codes, agentId }: { codes: (string | null)[]; agentId: string },
): Prediction {
  let state = board;
  const named = operations.flatMap((one, n) => ('id' in one && codes[n] === null ? [one.id] : []));
  for (const [n, operation] of operations.entries()) {
    const [found] = codes[n] === null ? resolveOperations(state, [operation], [null]) : [];
    if (found === undefined) continue;
    const one = { ...found, n };
    const isTwice = 'id' in operation && named.filter((id) => id === operation.id).length > 1;
    const nowhere = { resolved: [one], anchor: undefined, targetColumnId: undefined };
    codes[n] = isTwice ? 'VALIDATION_ERROR' : errorOf(state, one, nowhere);
    if (codes[n] === null)
      state = stateAfter(
        state,
        apply(state, [one], { place: undefined, targetColumnId: undefined, agentId }),
      );
  }
  const fault = mode === 'ATOMIC' ? codes.find((code) => code !== null) : undefined;
  return fault == null ? { code: null, codes, model: modelOf(state) } : refused(board, fault);
}

/** The errors that do not depend on the board. */
function inputErrors(operations: readonly Operation[]): (string | null)[] {
  return operations.map((operation) => {
    if (operation.op === 'delete') return null;
    if (operation.op === 'upsert') {
      const value = operation.values?.[operation.matchOn];
      if (value == null) return 'VALIDATION_ERROR';
    }
    return operation.title?.trim() === '' ? 'VALIDATION_ERROR' : null;
  });
}

/** The column of a write with a place but without an anchor. */
function targetColumnOf(
  board: BoardState,
  first: ResolvedOperation | undefined,
): string | undefined {
  if (first === undefined) return undefined;
  const chosen =
    first.operation.op === 'delete' ? undefined : chooseColumn(board, first.operation).id;
  return chosen ?? first.item?.columnId ?? board.columns[0]?.id;
}

interface Target {
  resolved: readonly ResolvedOperation[];
  anchor: ItemState | undefined;
  targetColumnId: string | undefined;
}

function errorOf(
  board: BoardState,
  one: ResolvedOperation,
  { resolved, anchor, targetColumnId }: Target,
) {
  const { operation, item, code } = one;
  if (code === 'AMBIGUOUS_MATCH') return code;
  const id = item?.id ?? ('id' in operation ? operation.id : undefined);
  const idOf = (other: ResolvedOperation) =>
    other.item?.id ?? ('id' in other.operation ? other.operation.id : undefined);
  if (id !== undefined && resolved.filter((other) => idOf(other) === id).length > 1)
    return 'VALIDATION_ERROR';
  if (code !== null) return code;
  const expected = 'expectedVersion' in operation ? operation.expectedVersion : undefined;
  if (expected !== undefined && expected !== item?.version) return 'VERSION_CONFLICT';
  if (operation.op === 'delete') return null;
  const chosen = chooseColumn(board, operation);
  if (chosen.code) return chosen.code;
  if (anchor && anchor.id === id) return 'VALIDATION_ERROR';
  if (targetColumnId && chosen.id && targetColumnId !== chosen.id) return 'VALIDATION_ERROR';
  if (operation.contactId === unknownContact) return 'CONTACT_NOT_FOUND';
  if (!one.isNew || chosen.id || board.columns.length > 0) return null;
  return 'COLUMN_NOT_FOUND';
}
