import { builder } from './builder.ts';

/** The payload of mutations that delete, from the ids of the deleted objects in input order. */
export const Deleted = builder.objectRef<readonly string[]>('DeletePayload').implement({
  description: 'The result of a deletion. Unknown ids are ignored.',
  fields: (t) => ({
    deletedIds: t.idList({
      description: 'The ids of the deleted objects.',
      resolve: (ids) => [...ids],
    }),
    deletedCount: t.int({
      description: 'The number of deleted objects.',
      resolve: (ids) => ids.length,
    }),
  }),
});
