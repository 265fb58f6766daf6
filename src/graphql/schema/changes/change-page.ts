import type { ChangePage } from '../../../live/change-stream.ts';
import { builder } from '../builder.ts';
import type { NodeRef } from '../connection.ts';

/** Defines the type of an event of a stream: some changes of a log, and the position after them. */
export function changePageOf<Row>(name: string, change: NodeRef<Row>, description: string) {
  return builder.objectRef<ChangePage<Row>>(`${name}Page`).implement({
    description,
    fields: (t) => ({
      cursor: t.exposeString('cursor', {
        description:
          'The position of the stream after these changes: to resume, pass it as `after`.',
      }),
      changes: t.field({
        type: [change],
        description: 'At most 50 changes.',
        resolve: ({ changes }) => changes as never,
      }),
    }),
  });
}
