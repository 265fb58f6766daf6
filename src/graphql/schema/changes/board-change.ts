import type { ChangeParent, Change as ChangeRow } from '../../../domain/change-log.ts';
import { endOfLog, now } from '../../../domain/feed/position.ts';
import { checkCursor } from '../../../domain/feed/revision-range.ts';
import type { Context } from '../../../request/context.ts';
import type { PageArgs } from '../../../sql/page-args.ts';
import { builder } from '../builder.ts';
import { Connection, connectionOf, pageArgs } from '../connection.ts';
import { Item } from '../items/item.ts';
import { Change, newestFirst } from './change.ts';
import { readWhenChanged, waitArg } from './long-poll.ts';

const ItemTransition = builder.enumType('ItemTransition', {
  description: 'How a change concerns the items that match the filter of a stream.',
  values: {
    ENTERED: { description: 'The item began to match: add it.' },
    UPDATED: { description: 'The item matched before and after: replace it.' },
    LEFT: { description: 'The item no longer matches, or was deleted: remove it.' },
  },
});

export const BoardChange = builder.objectRef<ChangeRow>('BoardChange').implement({
  description:
    'An entry of the change log of a board. It is saved in the transaction of the change, and kept after the object is deleted.',
  interfaces: [Change],
  fields: (t) => ({
    boardId: t.exposeID('boardId', { description: 'The id of the board.' }),
    item: t.field({
      type: Item,
      nullable: true,
      description:
        'The current state of the item; null if it was deleted, and for columns and boards.',
      resolve: ({ subject, subjectId }, _, { loaders }) =>
        subject === 'ITEM' ? loaders.item.load(subjectId) : null,
    }),
    transition: t.field({
      type: ItemTransition,
      nullable: true,
      description:
        'Whether the item began to match the filter of the stream, or no longer does; null without a filter, and for columns and boards.',
      resolve: ({ transition }) => transition,
    }),
  }),
});

const BoardChangeConnection = connectionOf('BoardChange', BoardChange);

interface ChangeArgs extends PageArgs {
  /** The revision of the board, where it is known. */
  revision?: number | undefined;
  newestFirst?: boolean | null | undefined;
  wait?: number | null | undefined;
}

function changeConnection(
  parent: ChangeParent,
  { newestFirst, wait, revision, ...args }: ChangeArgs,
  context: Context,
): Connection<ChangeRow> {
  const { cost, loaders } = context;
  const isWholeLog = !newestFirst && parent.subjectId === undefined;
  return new Connection({
    cost,
    args,
    isFeed: true,
    read: () =>
      readWhenChanged(context, { logId: parent.boardId, wait }, async ({ changes }) => {
        const page = await changes.page(parent, newestFirst ?? false, args);
        if (isWholeLog)
          await checkCursor(
            context.reads,
            { workspaceId: context.caller.workspaceId, logId: parent.boardId },
            { ...args, first: page.nodes[0], newest: revision },
          );
        return page;
      }),
    count: (atMost) => loaders.changes.count(parent, atMost),
  });
}

builder.prismaObjectFields('Board', (t) => ({
  revision: t.float({
    description: 'The number of the latest change of the board, its columns or its items.',
    resolve: ({ revision }) => Number(revision),
  }),
  changes: t.field({
    type: BoardChangeConnection,
    description:
      'All changes of the board, its columns and its items, in commit order and without gaps. To follow the log, store `endCursor` and pass it as `after` at any later time: no change is missed or returned twice. At the end of the log, `endCursor` is the `after` that was passed. `after: "now"` is the end of the log.',
    args: {
      subjectId: t.arg.id({
        description:
          'Only changes of the item, column or board with this id, including a deleted item.',
      }),
      ...waitArg(),
      ...newestFirst(),
      ...pageArgs(),
    },
    resolve: ({ id, revision }, { subjectId, ...args }, context) =>
      changeConnection(
        { boardId: id, subjectId: subjectId ?? undefined },
        {
          ...args,
          revision: Number(revision),
          after: args.after === now ? endOfLog(id, revision) : args.after,
        },
        context,
      ),
  }),
}));

builder.prismaObjectFields('Item', (t) => ({
  history: t.field({
    type: BoardChangeConnection,
    description: 'The change log of the item.',
    args: { ...newestFirst(), ...pageArgs() },
    resolve: ({ id, boardId }, args, context) =>
      changeConnection({ boardId, subjectId: id }, args, context),
  }),
}));
