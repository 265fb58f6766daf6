import type { Agent, Contact, Item } from '../../generated/prisma/client.ts';
import type { TableColumn } from '../../sql/columns.ts';
import { checkedTitle, checkedValues, distinctLabels } from './write/checks.ts';

/** A field of an item. */
interface ItemField extends TableColumn {
  /** True if callers set it. Null clears a nullable field; other fields refuse null. */
  isWritable?: true;
  /** Returns the value to store for the one that a caller gave. Throws VALIDATION_ERROR. */
  prepare?: (value: never) => unknown;
}

/**
 * The fields of an item: the one list that queries, their JSON, and the checks and encoding of writes are derived from. A
 * field is named as in the schema, its column as in the database: `created_at` for `createdAt`.
 */
export const itemFields = {
  id: { type: 'text' },
  boardId: { type: 'text' },
  columnId: { type: 'text' },
  title: { type: 'text', isWritable: true, prepare: checkedTitle },
  position: { type: 'integer' },
  values: { type: 'json', isWritable: true, prepare: checkedValues },
  labels: { type: 'textArray', isWritable: true, prepare: distinctLabels },
  contactId: { type: 'text', isNullable: true, isWritable: true },
  conversationIds: { type: 'textArray' },
  createdById: { type: 'text' },
  version: { type: 'integer' },
  createdAt: { type: 'instant' },
  updatedAt: { type: 'instant' },
} as const satisfies Record<Exclude<keyof Item, 'workspaceId'>, ItemField>;

type Fields = typeof itemFields;

/** The name of a field that callers set. */
export type WritableField = {
  [Name in keyof Fields]: Fields[Name] extends { isWritable: true } ? Name : never;
}[keyof Fields];

/** The fields that callers set, by their names in the schema. */
export const writableFields: readonly (readonly [WritableField, ItemField])[] = Object.entries(
  itemFields,
).filter((entry): entry is [WritableField, Fields[WritableField]] => 'isWritable' in entry[1]);

/** The fields of an item's contact. */
export const contactFields = {
  id: { type: 'text' },
  name: { type: 'text' },
  phone: { type: 'text', isNullable: true },
  email: { type: 'text', isNullable: true },
  createdAt: { type: 'instant' },
  updatedAt: { type: 'instant' },
} as const satisfies Record<Exclude<keyof Contact, 'workspaceId'>, TableColumn>;

/** The fields of the agent that created an item. */
export const agentFields = {
  id: { type: 'text' },
  name: { type: 'text' },
  createdAt: { type: 'instant' },
} as const satisfies Record<Exclude<keyof Agent, 'workspaceId' | 'subject'>, TableColumn>;
