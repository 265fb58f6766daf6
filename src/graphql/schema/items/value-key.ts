import {
  maxValueKeys,
  readValueKeys,
  type ValueKey,
} from '../../../domain/items/read/value-keys.ts';
import { builder } from '../builder.ts';

const StoredType = builder.enumType('StoredType', {
  description: 'The type of a stored value.',
  values: {
    NUMBER: { description: 'A number, stored as number or string.' },
    DATE: { description: 'An RFC 3339 date or date-time.' },
    TEXT: { description: 'Any other text, true or false.' },
    OTHER: { description: 'An object or a list.' },
  } as const,
});

const ItemValueKey = builder.objectRef<ValueKey>('ItemValueKey').implement({
  description: 'A key that the `values` of items of a board have.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'The key.' }),
    types: t.field({
      type: [StoredType],
      description: 'The types of the values that are stored under it.',
      resolve: ({ types }) => types,
    }),
  }),
});

builder.prismaObjectField('Board', 'valueKeys', (t) =>
  t.field({
    type: [ItemValueKey],
    description:
      'The keys that the `values` of the items have, in alphabetical order. It costs the same on a board of any size.',
    args: {
      first: t.arg.int({
        defaultValue: 100,
        description: `The most keys to return, 1 to ${maxValueKeys}.`,
      }),
    },
    resolve: ({ id, workspaceId }, { first }, { reads, cost }) => {
      cost.reserveRows(first ?? 100);
      return reads.list(() =>
        readValueKeys(reads, { workspaceId, boardId: id, first: first ?? 100 }),
      );
    },
  }),
);
