/**
 * The type of a value in item_value: number, instant (date) or text. item_value has one row for each key of an item.
 * Objects, lists and null are stored with the type `o`; they cannot be sorted, so it is not listed here.
 */
export type IndexedType = 'n' | 'd' | 't';

/** A part of item_value: the values of one key, of one type or of all. */
export interface IndexPart {
  key: string;
  type?: IndexedType | undefined;
}

/** Longer keys are not stored in item_value: they would not fit into its index. */
const maxKeyBytes = 200;

/** The characters of a text that item_value has: it cuts longer ones off. */
export const indexedLength = 200;

/** Returns undefined for a key that item_value does not have. */
export const indexPart = <Part extends IndexPart>(part: Part): Part | undefined =>
  Buffer.byteLength(part.key) <= maxKeyBytes ? part : undefined;
