import { findColumn } from '../../domain/boards/column-lookup.ts';
import { createColumn, deleteColumn, updateColumn } from '../../domain/boards/columns.ts';
import { invalid } from '../../errors.ts';
import type { Column as ColumnRow } from '../../generated/prisma/client.ts';
import { arrayPage } from '../../sql/array-page.ts';
import { Board } from './board.ts';
import { builder } from './builder.ts';
import { Connection, connectionOf, pageArgs } from './connection.ts';
import { Deleted } from './delete-payload.ts';
import { Node } from './node.ts';
import { writeArgs, writeContextOf } from './write-context.ts';

const ColumnSettings = builder.objectRef<ColumnRow>('ColumnSettings').implement({
  description: 'What people want a column to be like. Hints, not enforced.',
  fields: (t) => ({
    wipLimit: t.exposeInt('wipLimit', {
      nullable: true,
      description: 'How many items it should hold at most; null for no limit.',
    }),
    autoArchiveDays: t.exposeInt('autoArchiveDays', {
      nullable: true,
      description: 'After how many days its items should be put away; null for never.',
    }),
  }),
});

export const Column = builder.prismaObject('Column', {
  description: 'A column of a board: a stage that items pass through.',
  interfaces: [Node],
  fields: (t) => ({
    boardId: t.exposeID('boardId', { description: 'The board that it stands on.' }),
    name: t.exposeString('name', { description: 'The name that people see.' }),
    position: t.exposeInt('position', { description: 'Its place on the board, from 0.' }),
    color: t.exposeString('color', { description: 'Its color, like `#2F6FD6`.' }),
    settings: t.field({
      type: ColumnSettings,
      description: 'What people want the column to be like.',
      resolve: (column) => column,
    }),
    itemsCount: t.exposeInt('itemsCount', { description: 'How many items it holds.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When its name or settings were last changed.',
    }),
    board: t.field({
      type: Board,
      description: 'The board that it stands on.',
      resolve: ({ boardId }, _, { loaders }) => loaders.existing('board', boardId),
    }),
  }),
});

const ColumnConnection = connectionOf('Column', Column);

builder.prismaObjectFields('Board', (t) => ({
  columns: t.field({
    type: ColumnConnection,
    description: "The board's columns from left to right.",
    args: pageArgs(),
    resolve: ({ id }, args, { loaders, cost }) =>
      new Connection({
        cost,
        args,
        read: async () =>
          arrayPage(await loaders.columnsOf(id), { ...args, identity: `columns ${id}` }),
        count: async () => (await loaders.columnsOf(id)).length,
      }),
  }),
  column: t.field({
    type: Column,
    nullable: true,
    description: 'One column of the board. COLUMN_NOT_FOUND, and null, where there is none.',
    args: {
      id: t.arg.id({ description: 'By its id.' }),
      name: t.arg.string({
        description:
          'By its name, without regard to case and outer spaces. With an id both must agree.',
      }),
    },
    resolve: async ({ id: boardId }, { id, name }, { loaders }) => {
      const columns = await loaders.columnsOf(boardId);
      const column = findColumn(columns, { id, name });
      if (column === undefined) throw invalid('id', 'is required, unless name is given');
      return column;
    },
  }),
}));

const ColumnPayload = builder
  .objectRef<{ column: typeof Column.$inferType }>('ColumnPayload')
  .implement({
    description: 'The column as it is after the change.',
    fields: (t) => ({
      column: t.field({
        type: Column,
        description: 'The column.',
        resolve: ({ column }) => column,
      }),
    }),
  });

const CreateColumnInput = builder.inputType('CreateColumnInput', {
  description: 'A new column.',
  fields: (t) => ({
    boardId: t.id({ required: true, description: 'Which board it stands on.' }),
    name: t.string({ required: true, description: 'The name, 1 to 200 characters.' }),
    position: t.int({
      description: 'Its place among the columns, from 0; at the end where left out.',
    }),
    color: t.string({ description: 'The color, like `#2F6FD6`.' }),
    wipLimit: t.int({ description: 'How many items it should hold at most.' }),
    autoArchiveDays: t.int({ description: 'After how many days its items should be put away.' }),
  }),
});

const UpdateColumnInput = builder.inputType('UpdateColumnInput', {
  description: 'What changes about a column; what is left out stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Which column.' }),
    name: t.string({ description: 'The name, 1 to 200 characters.' }),
    position: t.int({ description: 'Its new place among the columns, from 0.' }),
    color: t.string({ description: 'The color, like `#2F6FD6`.' }),
    wipLimit: t.int({ description: 'How many items it should hold at most; null for no limit.' }),
    autoArchiveDays: t.int({
      description: 'After how many days its items should be put away; null for never.',
    }),
  }),
});

const DeleteColumnInput = builder.inputType('DeleteColumnInput', {
  description: 'Which column goes, and what becomes of its items.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Which column.' }),
    moveItemsTo: t.id({ description: 'Put its items, in their order, at the end of this column.' }),
    deleteItems: t.boolean({ description: 'Delete its items too.' }),
  }),
});

builder.mutationFields((t) => ({
  createColumn: t.field({
    type: ColumnPayload,
    nullable: true,
    description: 'Adds a column to a board.',
    args: {
      input: t.arg({ type: CreateColumnInput, required: true, description: 'The column.' }),
      ...writeArgs(),
    },
    resolve: async (_, args, context, info) => ({
      column: await createColumn(writeContextOf(context, args, info), args.input),
    }),
  }),
  updateColumn: t.field({
    type: ColumnPayload,
    nullable: true,
    description: "Changes a column's name or settings, or moves it on its board.",
    args: {
      input: t.arg({ type: UpdateColumnInput, required: true, description: 'The change.' }),
      ...writeArgs(),
    },
    resolve: async (_, args, context, info) => ({
      column: await updateColumn(writeContextOf(context, args, info), args.input),
    }),
  }),
  deleteColumn: t.field({
    type: Deleted,
    nullable: true,
    description:
      'Deletes a column. Refused with COLUMN_IN_USE while it holds items, unless you say where they go or that they go too.',
    args: {
      input: t.arg({ type: DeleteColumnInput, required: true, description: 'Which one.' }),
      ...writeArgs(),
    },
    resolve: (_, args, context, info) =>
      deleteColumn(writeContextOf(context, args, info), args.input),
  }),
}));
