import {
  type ChangeParent,
  type Change as ChangeRow,
  changedFields,
  type FieldChange as FieldChangeRow,
} from '../../domain/change-log.ts';
import type { ContactChange } from '../../domain/contacts/contact-log.ts';
import { endOfLog, now } from '../../domain/feed/position.ts';
import { checkNotExpired } from '../../domain/feed/revision-range.ts';
import type { Context } from '../../request/context.ts';
import type { PageArgs } from '../../sql/page.ts';
import { Agent } from './agent.ts';
import { builder } from './builder.ts';
import { Connection, connectionOf, pageArgs } from './connection.ts';
import { Item } from './items/item.ts';
import { readWhenChanged, waitArg } from './long-poll.ts';

const ChangeSubject = builder.enumType('ChangeSubject', {
  description: 'The kind of object that changed.',
  values: {
    ITEM: { description: 'An item.' },
    COLUMN: { description: 'A column of the board.' },
    BOARD: { description: 'The board itself.' },
    CONTACT: { description: 'A contact.' },
  },
});

const ChangeAction = builder.enumType('ChangeAction', {
  description: 'The kind of change.',
  values: {
    CREATED: { description: 'The object was created.' },
    UPDATED: { description: 'Fields of the object were changed; it may also have moved.' },
    MOVED: { description: 'The object was moved, and nothing else was changed.' },
    SHIFTED: {
      description:
        'The position of an item was changed to make room for another item. Its version stays the same.',
    },
    MERGED: { description: 'The contact was merged into another one, which its id stands for.' },
    DELETED: { description: 'The object was deleted.' },
  },
});

const ItemTransition = builder.enumType('ItemTransition', {
  description: 'How a change concerns the items that match the filter of a stream.',
  values: {
    ENTERED: { description: 'The item began to match: add it.' },
    UPDATED: { description: 'The item matched before and after: replace it.' },
    LEFT: { description: 'The item no longer matches, or was deleted: remove it.' },
  },
});

const FieldChange = builder.objectRef<FieldChangeRow>('FieldChange').implement({
  description: 'The change of one field.',
  fields: (t) => ({
    field: t.exposeString('field', {
      description:
        'The name of the field, like `title` or `columnId`; `values.<key>` for one custom field.',
    }),
    before: t.expose('before', {
      type: 'Json',
      nullable: true,
      description: 'The value before the change; null if there was none.',
    }),
    after: t.expose('after', {
      type: 'Json',
      nullable: true,
      description: 'The value after the change; null if there is none.',
    }),
  }),
});

/** The common part of the entries of all logs. */
interface LogEntry {
  boardId?: string;
  version?: number | null;
  revision: number;
  subject: ChangeRow['subject'] | ContactChange['subject'];
  subjectId: string;
  action: ChangeRow['action'] | ContactChange['action'];
  agentId: string | null;
  at: Date;
  before: Record<string, unknown>;
  after: Record<string, unknown>;
}

export const Change = builder.interfaceRef<LogEntry>('Change').implement({
  description: 'An entry of a change log.',
  resolveType: ({ subject }) => (subject === 'CONTACT' ? 'ContactChange' : 'BoardChange'),
  fields: (t) => ({
    revision: t.exposeFloat('revision', {
      description:
        'The revision of the log after the change: the one of the board, or of the contacts. Revisions have no gaps; changes of one transaction share one.',
    }),
    boardId: t.exposeID('boardId', {
      nullable: true,
      description: 'The id of the board; null for contacts.',
    }),
    version: t.exposeInt('version', {
      nullable: true,
      description: 'The version of the item after the change; null for all other objects.',
    }),
    subject: t.field({
      type: ChangeSubject,
      description: 'The kind of object that changed.',
      resolve: ({ subject }) => subject,
    }),
    subjectId: t.exposeID('subjectId', { description: 'The id of the object that changed.' }),
    action: t.field({
      type: ChangeAction,
      description: 'The kind of change.',
      resolve: ({ action }) => action,
    }),
    changedAt: t.expose('at', { type: 'DateTime', description: 'When the change was made.' }),
    actor: t.field({
      type: Agent,
      nullable: true,
      description: 'The agent that made the change; null if unknown.',
      resolve: ({ agentId }, _, { loaders }) =>
        agentId === null ? null : loaders.agent.load(agentId),
    }),
    fields: t.field({
      type: [FieldChange],
      description:
        'The fields that changed. A creation lists all fields with their first values, a deletion with their last.',
      resolve: (change) => changedFields(change),
    }),
  }),
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
  newestFirst?: boolean | null | undefined;
  wait?: number | null | undefined;
}

function changeConnection(
  parent: ChangeParent,
  { newestFirst, wait, ...args }: ChangeArgs,
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
        if (isWholeLog) checkNotExpired(parent.boardId, args, page.nodes[0]);
        return page;
      }),
    count: (atMost) => loaders.changes.count(parent, atMost),
  });
}

export const newestFirst = () =>
  builder.args((t) => ({
    newestFirst: t.boolean({
      defaultValue: false,
      description: 'Return the newest changes first.',
    }),
  }));

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
        { ...args, after: args.after === now ? endOfLog(id, revision) : args.after },
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
