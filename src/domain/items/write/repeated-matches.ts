import type { ItemOperation } from './operation.ts';

/** Finds the upserts of a batch that match a value which an earlier operation of it wrote: they update its item. */
export class RepeatedMatches {
  readonly #keys: readonly string[];
  readonly #written = new Set<string>();

  constructor(operations: readonly ItemOperation[]) {
    const keys = operations.flatMap((operation) =>
      operation.op === 'upsert' ? [operation.matchOn] : [],
    );
    this.#keys = [...new Set(keys)];
  }

  /** Takes the operations in their order. */
  isRepeated(operation: ItemOperation): boolean {
    if (operation.op === 'delete' || operation.values == null) return false;
    const { values } = operation;
    // A number and a text that writes it the same way are equal to an upsert.
    const name = (key: string) => JSON.stringify([key, String(values[key])]);
    const isRepeated = operation.op === 'upsert' && this.#written.has(name(operation.matchOn));
    for (const key of this.#keys) if (Object.hasOwn(values, key)) this.#written.add(name(key));
    return isRepeated;
  }
}
