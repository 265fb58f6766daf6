import { LRUCache } from 'lru-cache';
import type { Position } from './position.ts';

/** Bytes of all states. */
const maxBytes = 16 * 1024 * 1024;
/** Bytes of a state beside its entries. */
const overhead = 300;

/** The entries of an item as of one of its changes, as JSON. */
export interface ItemState extends Position {
  id: string;
  entries: string;
}

/**
 * States of items in the past. The state of an item at a change is its current row with all later changes undone: a
 * reader that catches up would undo them again for every page, so the next page goes on from the states that the last one
 * has left. A state that is missing costs time, and one that is too old is not used.
 */
export class ItemStates {
  readonly #states = new LRUCache<string, ItemState>({
    maxSize: maxBytes,
    sizeCalculation: ({ entries }) => entries.length + overhead,
  });

  find(workspaceId: string, ids: Iterable<string>): ItemState[] {
    return [...ids].flatMap((id) => this.#states.get(nameOf(workspaceId, id)) ?? []);
  }

  save(workspaceId: string, state: ItemState): void {
    this.#states.set(nameOf(workspaceId, state.id), state);
  }
}

const nameOf = (workspaceId: string, id: string): string => JSON.stringify([workspaceId, id]);
