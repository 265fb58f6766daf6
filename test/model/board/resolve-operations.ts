import type { BoardState, ItemState } from '../../support/board-state.ts';
import type { Operation } from './write.ts';

/** An operation with the item that it refers to. */
export interface ResolvedOperation {
  n: number;
  operation: Operation;
  /** Undefined for a new item and for one that does not exist. */
  item: ItemState | undefined;
  isNew: boolean;
  code: string | null;
}

export function resolveOperations(
  { items }: BoardState,
  operations: readonly Operation[],
  codes: readonly (string | null)[],
): ResolvedOperation[] {
  return operations.flatMap((operation, n): ResolvedOperation[] => {
    if (codes[n] !== null) return [];
    const { op } = operation;
    if (op === 'create') return [{ n, operation, item: undefined, isNew: true, code: null }];
    if (op !== 'upsert') {
      const item = items.find(({ id }) => id === operation.id);
      return [{ n, operation, item, isNew: false, code: item ? null : 'ITEM_NOT_FOUND' }];
    }
    const { matchOn } = operation;
    const value = String(operation.values?.[matchOn]);
    const found = items.filter(({ values }) => String(values[matchOn] ?? null) === value);
    const item = found.length === 1 ? found[0] : undefined;
    const isNew = found.length === 0;
    const unnamed = isNew && operation.title === undefined ? 'VALIDATION_ERROR' : null;
    return [{ n, operation, item, isNew, code: found.length > 1 ? 'AMBIGUOUS_MATCH' : unnamed }];
  });
}
