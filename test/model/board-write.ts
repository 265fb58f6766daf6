import { randomUUID } from 'node:crypto';

export interface Choice {
  columnId?: string;
  columnName?: string;
}

export interface ItemFields extends Choice {
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

/** A write of items, whichever field or path it goes through: operations on them, and where they go. */
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

/** A contact that no workspace has. */
export const unknownContact = 'contact_nowhere';

/** How a write is sent. */
export interface How {
  door: 'graphql' | 'rest';
  validateOnly?: boolean;
  key?: string;
}

export interface ResultOf {
  /** Null where the door does not say. */
  action: string | null;
  id: string | null;
  version: number | null;
  code: string | null;
}

/** What came of a write. */
export interface Outcome {
  status: number;
  /** The error of the whole write. */
  code: string | null;
  message: string | null;
  isReplayed: boolean;
  retryAfter: string | null;
  /** One for each item, or the one for the column. */
  results: ResultOf[];
}

/** A key for a write that may have to be sent again. */
export const newWriteKey = (): string => randomUUID();
