/**
 * How item_value reads a value: as number, as instant, else as text. There is one row for each key of an item; an object, a
 * list or null is there as `o`, which sorts nowhere.
 */
export type IndexedType = 'n' | 'd' | 't';

/** A part of item_value: the values of one key, in one reading or in all. */
export interface IndexPart {
  key: string;
  reading?: IndexedType | undefined;
}

/** What item_value leaves out: keys that would not fit into its index. */
const maxKeyBytes = 200;

/** Where item_value has the values of a key. */
export const indexPart = <Part extends IndexPart>(part: Part): Part | undefined =>
  Buffer.byteLength(part.key) <= maxKeyBytes ? part : undefined;
