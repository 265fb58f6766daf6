import { typeidUnboxed } from 'typeid-js';

export type IdPrefix =
  | 'item'
  | 'board'
  | 'col'
  | 'contact'
  | 'agent'
  | 'key'
  | 'workspace'
  | 'webhook'
  | 'attempt'
  | 'message';

/** Creates a TypeID: the prefix and a UUIDv7 in base32, so that newer ids sort later. */
export const newId = (prefix: IdPrefix): string => typeidUnboxed(prefix);
