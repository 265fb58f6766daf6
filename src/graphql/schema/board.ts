import {
  boardPageQuery,
  boardSource,
  createBoard,
  deleteBoard,
  updateBoard,
} from '../../domain/boards/boards.ts';
import type { Board as BoardRow } from '../../generated/prisma/client.ts';
import { countRows, readPages } from '../../sql/page.ts';
import { builder } from './builder.ts';
import { Connection, connectionOf, pageArgs, single } from './connection.ts';
import { Deleted } from './delete-payload.ts';
import { Node } from './node.ts';
import { writeArgs, writeContextOf } from './write-context.ts';

const BoardSettings = builder.objectRef<BoardRow>('BoardSettings').implement({
  description: 'How user interfaces show a board. Hints, not enforced.',
  fields: (t) => ({
    allowDelete: t.exposeBoolean('allowDelete', { description: 'Offer the deletion of items.' }),
    allowReorder: t.exposeBoolean('allowReorder', { description: 'Offer moving items by hand.' }),
    color: t.exposeString('color', { description: "The board's color, like `#2F6FD6`." }),
  }),
});

export const Board = builder.prismaObject('Board', {
  description: 'A board: columns side by side, items in them. A sales pipeline, a ticket queue.',
  interfaces: [Node],
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name that people see.' }),
    description: t.exposeString('description', {
      description: 'What the board is for; may be empty.',
    }),
    settings: t.field({
      type: BoardSettings,
      description: 'How user interfaces show the board.',
      resolve: (board) => board,
    }),
    columnsCount: t.int({
      description: 'How many columns the board has.',
      resolve: async ({ id }, _, { loaders }) => (await loaders.columnsOf(id)).length,
    }),
    itemsCount: t.int({
      description: 'How many items the board has.',
      resolve: async ({ id }, _, { loaders }) =>
        (await loaders.columnsOf(id)).reduce((sum, { itemsCount }) => sum + itemsCount, 0),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When its name, description or settings were last changed.',
    }),
  }),
});

const BoardConnection = connectionOf('Board', Board);

builder.queryFields((t) => ({
  board: t.field({
    type: Board,
    nullable: true,
    description: 'A board by its id; null where there is none.',
    args: { id: t.arg.id({ required: true, description: "The board's id." }) },
    resolve: (_, { id }, { loaders }) => loaders.board.load(id),
  }),
  boardEtag: t.string({
    nullable: true,
    description:
      'A word that changes whenever anything that can be read of the board may have changed: cheap to ask again and again. Null where there is no such board.',
    args: { id: t.arg.id({ required: true, description: "The board's id." }) },
    resolve: async (_, { id }, { loaders }) => (await loaders.boardState(id))?.etag ?? null,
  }),
  boards: t.field({
    type: BoardConnection,
    description: 'The boards of your workspace, oldest first.',
    args: {
      search: t.arg.string({ description: 'Part of the name or the description.' }),
      ...pageArgs(),
    },
    resolve: (_, { search, ...args }, { reads, cost, caller }) => {
      const source = boardSource(caller.workspaceId);
      const question = boardPageQuery(search);
      return new Connection({
        cost,
        args,
        read: () => single(readPages(reads, source, { ...question, ...args })),
        count: (atMost) => single(countRows(reads, source, { ...question, atMost })),
      });
    },
  }),
}));

const BoardPayload = builder
  .objectRef<{ board: typeof Board.$inferType }>('BoardPayload')
  .implement({
    description: 'The board as it is after the change.',
    fields: (t) => ({
      board: t.field({ type: Board, description: 'The board.', resolve: ({ board }) => board }),
    }),
  });

const NewColumnInput = builder.inputType('NewColumnInput', {
  description: 'A column of a new board.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'The name, 1 to 200 characters.' }),
    color: t.string({ description: 'The color, like `#2F6FD6`.' }),
  }),
});

const CreateBoardInput = builder.inputType('CreateBoardInput', {
  description: 'A new board.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'The name, 1 to 200 characters.' }),
    description: t.string({ description: 'What it is for, at most 5,000 characters.' }),
    color: t.string({ description: 'The color, like `#2F6FD6`.' }),
    allowDelete: t.boolean({ description: 'True where nothing is said.' }),
    allowReorder: t.boolean({ description: 'True where nothing is said.' }),
    columns: t.field({
      type: [NewColumnInput],
      description: 'Its columns from left to right, at most 100. More can be added later.',
    }),
  }),
});

const UpdateBoardInput = builder.inputType('UpdateBoardInput', {
  description: 'What changes about a board; what is left out stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Which board.' }),
    name: t.string({ description: 'The name, 1 to 200 characters.' }),
    description: t.string({ description: 'What it is for, at most 5,000 characters.' }),
    color: t.string({ description: 'The color, like `#2F6FD6`.' }),
    allowDelete: t.boolean({ description: 'Whether user interfaces offer the deletion of items.' }),
    allowReorder: t.boolean({ description: 'Whether user interfaces offer moving items by hand.' }),
  }),
});

const DeleteBoardInput = builder.inputType('DeleteBoardInput', {
  description: 'Which board goes.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Which board.' }),
    deleteItems: t.boolean({ description: 'Delete its items too.' }),
  }),
});

builder.mutationFields((t) => ({
  createBoard: t.field({
    type: BoardPayload,
    nullable: true,
    description: 'Makes a board with its columns.',
    args: {
      input: t.arg({ type: CreateBoardInput, required: true, description: 'The board.' }),
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
    description: "Changes a board's name, description or settings.",
    args: {
      input: t.arg({ type: UpdateBoardInput, required: true, description: 'The change.' }),
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
      'Deletes a board with its columns, for good. Refused with BOARD_IN_USE while it has items, unless `deleteItems` says that they go too.',
    args: {
      input: t.arg({ type: DeleteBoardInput, required: true, description: 'Which one.' }),
      ...writeArgs(),
    },
    resolve: (_, args, context, info) =>
      deleteBoard(writeContextOf(context, args, info), args.input),
  }),
}));
