import { randomUUID } from 'node:crypto';

export interface ColumnChoice {
  columnId?: string;
  columnName?: string;
}

export interface ItemFields extends ColumnChoice {
  title?: string;
  values?: Record<string, string | number | null>;
  labels?: string[];
  contactId?: string | null;
}

export interface Existing {
  id: string;
  expectedVersion?: number;
}

export type Operation =
  | ({ op: 'create' } & ItemFields & { title: string })
  | ({ op: 'update' } & ItemFields & Existing)
  | ({ op: 'upsert'; matchOn: string } & ItemFields)
  | ({ op: 'delete' } & Existing);

export interface Place {
  before?: string;
  after?: string;
  at?: 'TOP' | 'BOTTOM';
  position?: number;
}

export type Mode = 'ATOMIC' | 'PER_ITEM';

/** A write of items by any mutation or path: operations, and the place of the items. */
export interface ItemsWrite {
  field:
    | 'createItem'
    | 'updateItem'
    | 'moveItem'
    | 'deleteItem'
    | 'createItems'
    | 'updateItems'
    | 'upsertItems'
    | 'moveItems'
    | 'deleteItems'
    | 'writeItems';
  operations: Operation[];
  place?: Place;
  mode: Mode;
}

export type ColumnWrite =
  | { field: 'createColumn'; input: { name: string; position?: number; wipLimit?: number } }
  | {
      field: 'updateColumn';
      input: { id: string; name?: string; position?: number; wipLimit?: number | null };
    }
  | {
      field: 'deleteColumn';
      input: { id: string; moveItemsTo?: string; deleteItems?: boolean };
    };

export type Write = ItemsWrite | ColumnWrite;

export const isOfColumn = (write: Write): write is ColumnWrite => 'input' in write;

/** The id of a contact that does not exist. */
export const unknownContact = 'contact_nowhere';

/** Options of sending a write. */
export interface SendOptions {
  door: 'graphql' | 'rest';
  validateOnly?: boolean;
  key?: string;
}

export interface ResultOf {
  /** Null where the response has none. */
  action: string | null;
  id: string | null;
  version: number | null;
  code: string | null;
}

/** The response to a write. */
export interface Outcome {
  status: number;
  /** The error code of the whole write. */
  code: string | null;
  message: string | null;
  isReplayed: boolean;
  retryAfter: string | null;
  /** One per item, or one for the column. */
  results: ResultOf[];
}

/** An idempotency key. */
export const newWriteKey = (): string => randomUUID();
