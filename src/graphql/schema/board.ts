import {
  boardPageQuery,
  boardSource,
  createBoard,
  deleteBoard,
  updateBoard,
} from '../../domain/boards/boards.ts';
import type { Board as BoardRow } from '../../generated/prisma/client.ts';
import { builder } from './builder.ts';
import { connectionOf, listConnection, pageArgs } from './connection.ts';
import { Deleted } from './delete-payload.ts';
import { Node } from './node.ts';
import { writeArgs, writeContextOf } from './write-context.ts';

const BoardSettings = builder.objectRef<BoardRow>('BoardSettings').implement({
  description:
    'Display settings of a board. They are hints for user interfaces and are not enforced.',
  fields: (t) => ({
    id: t.id({ description: 'An id for caches.', resolve: ({ id }) => `settings:${id}` }),
    allowDelete: t.exposeBoolean('allowDelete', {
      description: 'Whether user interfaces let people delete items.',
    }),
    allowReorder: t.exposeBoolean('allowReorder', {
      description: 'Whether user interfaces let people move items.',
    }),
    color: t.exposeString('color', { description: 'The color, like `#2F6FD6`.' }),
  }),
});

export const Board = builder.prismaObject('Board', {
  description: 'A board of columns with items, like a sales pipeline or a ticket queue.',
  interfaces: [Node],
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The display name.' }),
    description: t.exposeString('description', {
      description: 'The purpose of the board; may be empty.',
    }),
    settings: t.field({
      type: BoardSettings,
      description: 'The display settings.',
      resolve: (board) => board,
    }),
    columnsCount: t.int({
      description: 'The number of columns.',
      resolve: async ({ id }, _, { loaders }) => (await loaders.columnsOf(id)).length,
    }),
    itemsCount: t.int({
      description: 'The number of items.',
      resolve: async ({ id }, _, { loaders }) =>
        (await loaders.columnsOf(id)).reduce((sum, { itemsCount }) => sum + itemsCount, 0),
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'When the board was created.',
    }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When the name, the description or the settings were last changed.',
    }),
  }),
});

const BoardConnection = connectionOf('Board', Board);

builder.queryFields((t) => ({
  board: t.field({
    type: Board,
    nullable: true,
    description: 'A board by its id; null if it does not exist.',
    args: { id: t.arg.id({ required: true, description: 'The id of the board.' }) },
    resolve: (_, { id }, { loaders }) => loaders.board.load(id),
  }),
  boardEtag: t.string({
    nullable: true,
    description:
      'An entity tag of the board: it changes whenever the board, its columns, its items or data that they link to may have changed. It is cheap to poll. Null if the board does not exist.',
    args: { id: t.arg.id({ required: true, description: 'The id of the board.' }) },
    resolve: async (_, { id }, { loaders }) => (await loaders.boardState(id))?.etag ?? null,
  }),
  boards: t.field({
    type: BoardConnection,
    description: 'The boards of your workspace, oldest first.',
    args: {
      search: t.arg.string({ description: 'A part of the name or the description.' }),
      ...pageArgs(),
    },
    resolve: (_, { search, ...args }, context) => {
      const source = boardSource(context.caller.workspaceId);
      const query = boardPageQuery(search);
      return listConnection(context, { source, query }, args);
    },
  }),
}));

const BoardPayload = builder
  .objectRef<{ board: typeof Board.$inferType }>('BoardPayload')
  .implement({
    description: 'The result of writing a board.',
    fields: (t) => ({
      board: t.field({
        type: Board,
        description: 'The board after the write.',
        resolve: ({ board }) => board,
      }),
    }),
  });

const NewColumnInput = builder.inputType('NewColumnInput', {
  description: 'A column to create with a board.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'The name, 1 to 200 characters.' }),
    color: t.string({ description: 'The color, like `#2F6FD6`.' }),
  }),
});

const CreateBoardInput = builder.inputType('CreateBoardInput', {
  description: 'A board to create.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'The name, 1 to 200 characters.' }),
    description: t.string({ description: 'The purpose of the board, at most 5,000 characters.' }),
    color: t.string({ description: 'The color, like `#2F6FD6`.' }),
    allowDelete: t.boolean({
      description: 'Whether user interfaces let people delete items; true by default.',
    }),
    allowReorder: t.boolean({
      description: 'Whether user interfaces let people move items; true by default.',
    }),
    columns: t.field({
      type: [NewColumnInput],
      description: 'The columns from left to right, at most 100. More can be added later.',
    }),
  }),
});

const UpdateBoardInput = builder.inputType('UpdateBoardInput', {
  description: 'Changes to a board; omitted fields keep their value.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The id of the board.' }),
    name: t.string({ description: 'The name, 1 to 200 characters.' }),
    description: t.string({ description: 'The purpose of the board, at most 5,000 characters.' }),
    color: t.string({ description: 'The color, like `#2F6FD6`.' }),
    allowDelete: t.boolean({ description: 'Whether user interfaces let people delete items.' }),
    allowReorder: t.boolean({ description: 'Whether user interfaces let people move items.' }),
  }),
});

const DeleteBoardInput = builder.inputType('DeleteBoardInput', {
  description: 'A board to delete.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The id of the board.' }),
    deleteItems: t.boolean({ description: 'Also delete the items of the board.' }),
  }),
});

builder.mutationFields((t) => ({
  createBoard: t.field({
    type: BoardPayload,
    nullable: true,
    description: 'Creates a board with its columns.',
    args: {
      input: t.arg({ type: CreateBoardInput, required: true, description: 'The board to create.' }),
      ...writeArgs(),
    },
    resolve: async (_, args, context, info) => ({
      board: await createBoard(writeContextOf(context, args, info), {
        ...args.input,
        columns: args.input.columns ?? [],
      }),
    }),
  }),
  updateBoard: t.field({
    type: BoardPayload,
    nullable: true,
    description: 'Updates the name, the description or the settings of a board.',
    args: {
      input: t.arg({ type: UpdateBoardInput, required: true, description: 'The changes.' }),
      ...writeArgs(),
    },
    resolve: async (_, args, context, info) => ({
      board: await updateBoard(writeContextOf(context, args, info), args.input),
    }),
  }),
  deleteBoard: t.field({
    type: Deleted,
    nullable: true,
    description:
      'Permanently deletes a board with its columns. Fails with BOARD_IN_USE if the board has items and `deleteItems` is not true.',
    args: {
      input: t.arg({ type: DeleteBoardInput, required: true, description: 'The board to delete.' }),
      ...writeArgs(),
    },
    resolve: (_, args, context, info) =>
      deleteBoard(writeContextOf(context, args, info), args.input),
  }),
}));
