import type { Change as ChangeRow } from '../../../domain/change-log.ts';
import type { ChangePage } from '../../../live/change-stream.ts';
import { Board } from '../board.ts';
import { builder } from '../builder.ts';
import { ItemFilter } from '../items/item-filter.ts';
import { BoardChange } from './board-change.ts';

const BoardChangePage = builder.objectRef<ChangePage<ChangeRow>>('BoardChangePage').implement({
  description: 'Some changes of one board, in commit order.',
  fields: (t) => ({
    boardId: t.exposeID('logId', { description: 'The id of the board.' }),
    board: t.field({
      type: Board,
      nullable: true,
      description: 'The current state of the board; null if it was deleted.',
      resolve: ({ logId }, _, { loaders }) => loaders.board.load(logId),
    }),
    cursor: t.exposeString('cursor', {
      description:
        'The position of the stream, in all its boards, after these changes: to resume, pass it as `after`.',
    }),
    changes: t.field({
      type: [BoardChange],
      description:
        'At most 50 changes. Empty in the first page of a stream that begins now, which has the cursor of its start; and where many changes passed that a filter leaves out, to bring the cursor forward.',
      resolve: ({ changes }) => changes,
    }),
  }),
});

builder.subscriptionFields((t) => ({
  boardChanges: t.field({
    type: BoardChangePage,
    description:
      'The changes of boards, their columns and their items, from the given position on: each once, in commit order, without gaps. Fails with CURSOR_EXPIRED where the log does not reach back that far: read the boards again.',
    args: {
      boardIds: t.arg.idList({ required: true, description: 'The ids of 1 to 50 boards.' }),
      after: t.arg.string({
        description:
          'The last cursor of a stream of the same boards; of one board, also a cursor of its `changes`.',
      }),
      revisions: t.arg({
        type: ['Float'],
        description:
          'Where to begin without `after`: the revision of each board, in the order of `boardIds`, as read with `revision`. By default the current ones.',
      }),
      filter: t.arg({
        type: ItemFilter,
        description:
          'Only changes of items that match before or after, each with its `transition`; changes of columns and boards are not filtered. The filter may not use `columnName` and `updatedAt`.',
      }),
    },
    subscribe: (_, args, { live, caller }) => live.boardChanges(caller, args),
    resolve: (page) => page,
  }),
}));
