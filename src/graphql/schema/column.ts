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
  description: 'Settings of a column. They are hints for user interfaces and are not enforced.',
  fields: (t) => ({
    id: t.id({ description: 'An id for caches.', resolve: ({ id }) => `settings:${id}` }),
    wipLimit: t.exposeInt('wipLimit', {
      nullable: true,
      description: 'The highest number of items that the column should hold; null for no limit.',
    }),
    autoArchiveDays: t.exposeInt('autoArchiveDays', {
      nullable: true,
      description: 'The number of days after which items should be archived; null for never.',
    }),
  }),
});

export const Column = builder.prismaObject('Column', {
  description: 'A column of a board, like a stage of a pipeline.',
  interfaces: [Node],
  fields: (t) => ({
    boardId: t.exposeID('boardId', { description: 'The id of the board.' }),
    name: t.exposeString('name', { description: 'The display name.' }),
    position: t.exposeInt('position', {
      description: 'The position on the board, from 0 at the left.',
    }),
    color: t.exposeString('color', { description: 'The color, like `#2F6FD6`.' }),
    settings: t.field({
      type: ColumnSettings,
      description: 'The settings.',
      resolve: (column) => column,
    }),
    itemsCount: t.exposeInt('itemsCount', { description: 'The number of items.' }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'When the column was created.',
    }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When the name or the settings were last changed.',
    }),
    board: t.field({
      type: Board,
      description: 'The board.',
      resolve: ({ boardId }, _, { loaders }) => loaders.existing('board', boardId),
    }),
  }),
});

const ColumnConnection = connectionOf('Column', Column);

builder.prismaObjectFields('Board', (t) => ({
  columns: t.field({
    type: ColumnConnection,
    description: 'The columns of the board, from left to right.',
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
    description:
      'A column of the board by its id or its name. Null with the error COLUMN_NOT_FOUND if it does not exist.',
    args: {
      id: t.arg.id({ description: 'The id of the column.' }),
      name: t.arg.string({
        description:
          'The name of the column, compared without case and surrounding spaces. If both are given, both must match.',
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
    description: 'The result of writing a column.',
    fields: (t) => ({
      column: t.field({
        type: Column,
        description: 'The column after the write.',
        resolve: ({ column }) => column,
      }),
    }),
  });

const CreateColumnInput = builder.inputType('CreateColumnInput', {
  description: 'A column to create.',
  fields: (t) => ({
    boardId: t.id({ required: true, description: 'The id of its board.' }),
    name: t.string({ required: true, description: 'The name, 1 to 200 characters.' }),
    position: t.int({
      description: 'The position on the board, from 0 at the left; last by default.',
    }),
    color: t.string({ description: 'The color, like `#2F6FD6`.' }),
    wipLimit: t.int({
      description: 'The highest number of items that the column should hold; no limit by default.',
    }),
    autoArchiveDays: t.int({
      description: 'The number of days after which items should be archived; never by default.',
    }),
  }),
});

const UpdateColumnInput = builder.inputType('UpdateColumnInput', {
  description: 'Changes to a column; omitted fields keep their value.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The id of the column.' }),
    name: t.string({ description: 'The name, 1 to 200 characters.' }),
    position: t.int({ description: 'The new position on the board, from 0 at the left.' }),
    color: t.string({ description: 'The color, like `#2F6FD6`.' }),
    wipLimit: t.int({
      description: 'The highest number of items that the column should hold; null for no limit.',
    }),
    autoArchiveDays: t.int({
      description: 'The number of days after which items should be archived; null for never.',
    }),
  }),
});

const DeleteColumnInput = builder.inputType('DeleteColumnInput', {
  description: 'A column to delete, and what to do with its items: move or delete them.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The id of the column.' }),
    moveItemsTo: t.id({
      description:
        'The id of the column that its items are moved to: to the end, in the same order.',
    }),
    deleteItems: t.boolean({ description: 'Also delete the items of the column.' }),
  }),
});

builder.mutationFields((t) => ({
  createColumn: t.field({
    type: ColumnPayload,
    nullable: true,
    description: 'Creates a column on a board.',
    args: {
      input: t.arg({
        type: CreateColumnInput,
        required: true,
        description: 'The column to create.',
      }),
      ...writeArgs(),
    },
    resolve: async (_, args, context, info) => ({
      column: await createColumn(writeContextOf(context, args, info), args.input),
    }),
  }),
  updateColumn: t.field({
    type: ColumnPayload,
    nullable: true,
    description: 'Updates the name, the settings or the position of a column.',
    args: {
      input: t.arg({ type: UpdateColumnInput, required: true, description: 'The changes.' }),
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
      'Permanently deletes a column. Fails with COLUMN_IN_USE if the column has items and the input does not move or delete them.',
    args: {
      input: t.arg({
        type: DeleteColumnInput,
        required: true,
        description: 'The column to delete.',
      }),
      ...writeArgs(),
    },
    resolve: (_, args, context, info) =>
      deleteColumn(writeContextOf(context, args, info), args.input),
  }),
}));
