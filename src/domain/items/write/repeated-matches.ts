import { type Match, nameOfMatch } from './match.ts';
import type { ItemOperation } from './operation.ts';

/** Finds the upserts of a batch that match a value which an earlier operation of it wrote: they update its item. */
export class RepeatedMatches {
  readonly #matches: readonly Match[];
  readonly #written = new Set<string>();

  constructor(operations: readonly ItemOperation[]) {
    const matches = operations.flatMap((operation) =>
      operation.op === 'upsert' ? [operation] : [],
    );
    this.#matches = [
      ...new Map(
        matches.map(({ matchOn, as }) => [JSON.stringify([matchOn, as]), { matchOn, as }]),
      ).values(),
    ];
  }

  /** Takes the operations in their order. */
  isRepeated(operation: ItemOperation): boolean {
    if (operation.op === 'delete' || operation.values == null) return false;
    const { values } = operation;
    const isRepeated =
      operation.op === 'upsert' && this.#written.has(nameOfMatch(operation, values));
    for (const match of this.#matches)
      if (Object.hasOwn(values, match.matchOn)) this.#written.add(nameOfMatch(match, values));
    return isRepeated;
  }
}
