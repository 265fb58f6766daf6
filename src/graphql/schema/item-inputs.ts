import type { Place } from '../../domain/items/write/write.ts';
import { builder, type InputFields } from './builder.ts';

/** What an item can be given beside its title, new or not. */
export const changeFields = (t: InputFields) => ({
  values: t.field({
    type: 'ItemValues',
    description: 'Its own fields, merged key by key into what is there: a null removes its key.',
  }),
  contactId: t.id({ description: 'The contact that it is about; null for none.' }),
  labels: t.stringList({
    description: 'All of its labels: at most 50, each at most 100 characters.',
  }),
});

/** The two ways to name a column. */
export const columnFields = (t: InputFields) => ({
  columnId: t.id({ description: 'The column.' }),
  columnName: t.string({
    description:
      'The column by its name, without regard to case and outer spaces. With an id both must agree.',
  }),
});

const ColumnEnd = builder.enumType('ColumnEnd', {
  description: 'An end of a column.',
  values: {
    TOP: { description: 'Before all other items.' },
    BOTTOM: { description: 'After all other items.' },
  },
});

/** Where in its column; one of them at most. */
export const placeFields = (t: InputFields) => ({
  before: t.id({ description: 'Right before this item, in its column.' }),
  after: t.id({ description: 'Right after this item, in its column.' }),
  at: t.field({ type: ColumnEnd, description: 'At an end of the column.' }),
  position: t.int({
    description:
      'Before the first item that is at this position or behind it; at the end where there is none. Positions have gaps, and the server decides which one it becomes.',
  }),
});

/** The guard against lost updates. */
export const expectedVersion = (t: InputFields) => ({
  expectedVersion: t.int({
    description:
      'The version that it must still have. Else VERSION_CONFLICT, which brings the item as it is and what changed.',
  }),
});

/** What says where, of an input that says more. */
export const placeOf = ({ before, after, at, position }: Place): Place => ({
  before,
  after,
  at,
  position,
});

export const isPlaced = (place: Place): boolean =>
  Object.values(place).some((value) => value != null);
