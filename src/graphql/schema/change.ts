import {
  type ChangeParent,
  type Change as ChangeRow,
  changedFields,
  type FieldChange as FieldChangeRow,
} from '../../domain/change-log.ts';
import type { Context } from '../../request/context.ts';
import type { PageArgs } from '../../sql/page.ts';
import { Agent } from './agent.ts';
import { builder } from './builder.ts';
import { Connection, connectionOf, pageArgs } from './connection.ts';
import { Item } from './item.ts';

const ChangeSubject = builder.enumType('ChangeSubject', {
  description: 'What changed.',
  values: {
    ITEM: { description: 'An item.' },
    COLUMN: { description: 'A column of the board.' },
    BOARD: { description: 'The board itself.' },
  },
});

const ChangeAction = builder.enumType('ChangeAction', {
  description: 'How it changed.',
  values: {
    CREATED: { description: 'It is new.' },
    UPDATED: { description: 'Some of its fields were changed.' },
    MOVED: { description: 'It only went to another place.' },
    SHIFTED: { description: 'An item that made room for another one; its version stays.' },
    DELETED: { description: 'It is gone.' },
  },
});

const FieldChange = builder.objectRef<FieldChangeRow>('FieldChange').implement({
  description: 'One field, before and after.',
  fields: (t) => ({
    field: t.exposeString('field', {
      description: 'The name of the field: `title`, `columnId`, or `values.<key>` for one value.',
    }),
    before: t.expose('before', {
      type: 'Json',
      nullable: true,
      description: 'What was there; null for nothing.',
    }),
    after: t.expose('after', {
      type: 'Json',
      nullable: true,
      description: 'What is there now; null for nothing.',
    }),
  }),
});

const BoardChange = builder.objectRef<ChangeRow>('BoardChange').implement({
  description:
    'One entry of the change log. It is written with the change itself and outlives the item.',
  fields: (t) => ({
    revision: t.exposeFloat('revision', {
      description:
        "The board's revision that the change made. Revisions have no gaps; what was changed together shares one.",
    }),
    subject: t.field({
      type: ChangeSubject,
      description: 'What changed.',
      resolve: ({ subject }) => subject,
    }),
    subjectId: t.exposeID('subjectId', { description: 'The id of what changed.' }),
    action: t.field({
      type: ChangeAction,
      description: 'How it changed.',
      resolve: ({ action }) => action,
    }),
    version: t.exposeInt('version', {
      nullable: true,
      description: "An item's version after the change; null for columns and boards.",
    }),
    item: t.field({
      type: Item,
      nullable: true,
      description: 'The item as it is now; null where it is gone, and for columns and boards.',
      resolve: ({ subject, subjectId }, _, { loaders }) =>
        subject === 'ITEM' ? loaders.item.load(subjectId) : null,
    }),
    changedAt: t.expose('at', { type: 'DateTime', description: 'When it was changed.' }),
    actor: t.field({
      type: Agent,
      nullable: true,
      description: 'Who; null where that is not known.',
      resolve: ({ agentId }, _, { loaders }) =>
        agentId === null ? null : loaders.agent.load(agentId),
    }),
    fields: t.field({
      type: [FieldChange],
      description:
        'The fields that changed: of something new all that it has, of what is gone all that it had.',
      resolve: (change) => changedFields(change),
    }),
  }),
});

const BoardChangeConnection = connectionOf('BoardChange', BoardChange);

function changeConnection(
  parent: ChangeParent,
  { newestFirst, ...args }: PageArgs & { newestFirst?: boolean | null | undefined },
  { cost, loaders: { changes } }: Context,
): Connection<ChangeRow> {
  return new Connection({
    cost,
    args,
    read: () => changes.page(parent, newestFirst ?? false, args),
    count: (atMost) => changes.count(parent, atMost),
  });
}

const newestFirst = () =>
  builder.args((t) => ({
    newestFirst: t.boolean({ defaultValue: false, description: 'The newest change first.' }),
  }));

builder.prismaObjectFields('Board', (t) => ({
  revision: t.float({
    description: 'Counts the changes of the board, its columns and its items.',
    resolve: ({ revision }) => Number(revision),
  }),
  changes: t.field({
    type: BoardChangeConnection,
    description:
      'Every change of the board, its columns and its items, in the order in which they were committed, without gaps. Keep `endCursor` and go on after it at any time: nothing is missed and nothing comes twice. A page without changes has none: go on with the one that you have.',
    args: {
      subjectId: t.arg.id({
        description: 'Only those of this item, column or board; of an item also once it is gone.',
      }),
      ...newestFirst(),
      ...pageArgs(),
    },
    resolve: ({ id }, { subjectId, ...args }, context) =>
      changeConnection({ boardId: id, subjectId: subjectId ?? undefined }, args, context),
  }),
}));

builder.prismaObjectFields('Item', (t) => ({
  history: t.field({
    type: BoardChangeConnection,
    description: 'The changes of the item.',
    args: { ...newestFirst(), ...pageArgs() },
    resolve: ({ id, boardId }, args, context) =>
      changeConnection({ boardId, subjectId: id }, args, context),
  }),
}));
