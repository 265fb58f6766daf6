import { typeidUnboxed } from 'typeid-js';

export type IdPrefix = 'item' | 'board' | 'col' | 'contact' | 'agent' | 'key' | 'workspace';

/** A new id: the type's prefix and a UUIDv7 in base32 (TypeID), so that newer ids sort later. */
export const newId = (prefix: IdPrefix): string => typeidUnboxed(prefix);
