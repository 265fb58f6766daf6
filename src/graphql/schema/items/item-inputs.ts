import type { Place } from '../../../domain/items/write/write.ts';
import { builder, type InputFields } from '../builder.ts';
import { ItemContactInput } from '../contacts/contact-match.ts';

/** The id of the item that an input updates, moves or deletes. */
export const itemId = (t: InputFields) => t.id({ required: true, description: "The item's id." });

/** A check of the item's board. */
export const boardOfItem = (t: InputFields) =>
  t.id({ description: 'Fails with ITEM_NOT_FOUND unless the item is on this board.' });

/** The title, which a new item must have. */
export const requiredTitle = (t: InputFields) =>
  t.string({ required: true, description: 'The title: 1 to 500 characters.' });

export const optionalTitle = (t: InputFields) =>
  t.string({ description: 'The title: 1 to 500 characters.' });

/** The fields of an item that a create, an update and an upsert can all set. */
export const changeFields = (t: InputFields) => ({
  values: t.field({
    type: 'ItemValues',
    description:
      'Custom fields. They are merged by key into the existing ones; null removes a key.',
  }),
  contactId: t.id({ description: "The id of the item's contact; null removes the contact." }),
  contact: t.field({
    type: ItemContactInput,
    description: 'The contact, found or created. Not together with `contactId`.',
  }),
  labels: t.stringList({
    description: 'Replaces all labels: at most 50, of at most 100 characters each.',
  }),
});

/** The column, by id or by name. */
export const columnFields = (t: InputFields) => ({
  columnId: t.id({ description: "The column's id." }),
  columnName: t.string({
    description:
      "The column's name, ignoring case and surrounding spaces. With a `columnId`, both must name the same column.",
  }),
});

const ColumnEnd = builder.enumType('ColumnEnd', {
  description: 'An end of a column.',
  values: {
    TOP: { description: 'Before all other items.' },
    BOTTOM: { description: 'After all other items.' },
  },
});

/** The place in the column: at most one of them. */
export const placeFields = (t: InputFields) => ({
  before: t.id({ description: 'Directly before the item with this id, in its column.' }),
  after: t.id({ description: 'Directly after the item with this id, in its column.' }),
  at: t.field({ type: ColumnEnd, description: 'At an end of the column.' }),
  position: t.int({
    description:
      'Before the first item whose position is this or higher; otherwise at the end. Positions have gaps: the server chooses the new one.',
  }),
});

/** Optimistic concurrency control. */
export const expectedVersion = (t: InputFields) => ({
  expectedVersion: t.int({
    description:
      'The version that the item must still have. Otherwise VERSION_CONFLICT, with the current item and the changed fields.',
  }),
});

/** The place of an input that has other fields too. */
export const placeOf = ({ before, after, at, position }: Place): Place => ({
  before,
  after,
  at,
  position,
});

export const isPlaced = (place: Place): boolean =>
  Object.values(place).some((value) => value != null);
