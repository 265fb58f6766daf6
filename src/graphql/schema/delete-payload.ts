import { builder } from './builder.ts';

/** The ids of what a mutation deleted, in the order in which they were asked for. */
export const Deleted = builder.objectRef<readonly string[]>('DeletePayload').implement({
  description: 'What was deleted. Ids that were not there are not named, and that is no error.',
  fields: (t) => ({
    deletedIds: t.idList({ description: 'The ids that were deleted.', resolve: (ids) => [...ids] }),
    deletedCount: t.int({ description: 'How many were deleted.', resolve: (ids) => ids.length }),
  }),
});
