import { maxBatch, writeBatch } from '../../domain/items/write/write.ts';
import { invalid } from '../../errors.ts';
import { builder, type InputFields } from './builder.ts';
import {
  changeFields,
  columnFields,
  expectedVersion,
  isPlaced,
  placeFields,
  placeOf,
} from './item-inputs.ts';
import { ItemsPayload } from './item-result.ts';
import { writeArgs, writeContextOf } from './write-context.ts';

const BatchMode = builder.enumType('BatchMode', {
  description: 'What one error means to a batch.',
  values: {
    ATOMIC: { description: 'All or nothing.' },
    PER_ITEM: { description: 'What can be done is done; each result says how it went.' },
  },
});

const boardId = (t: InputFields) =>
  t.id({ required: true, description: 'The board that the items are on.' });
const mode = (t: InputFields) =>
  t.field({ type: BatchMode, defaultValue: 'ATOMIC', description: 'What one error means.' });
const title = (t: InputFields) => t.string({ description: 'The title, 1 to 500 characters.' });
const id = (t: InputFields) => t.id({ required: true, description: 'Which item.' });

const NewItemInput = builder.inputType('NewItemInput', {
  description:
    'A new item of a batch. It goes to the end of its column; where you name none, of the first one of the board.',
  fields: (t) => ({
    title: t.string({ required: true, description: 'The title, 1 to 500 characters.' }),
    ...columnFields(t),
    ...changeFields(t),
  }),
});

const ItemChangeInput = builder.inputType('ItemChangeInput', {
  description: 'A change of one item of a batch; what is left out stays.',
  fields: (t) => ({
    id: id(t),
    title: title(t),
    ...columnFields(t),
    ...changeFields(t),
    ...expectedVersion(t),
  }),
});

const ItemUpsertInput = builder.inputType('ItemUpsertInput', {
  description: 'A change of the item that has the same value, or a new item where there is none.',
  fields: (t) => ({
    title: t.string({ description: 'The title, 1 to 500 characters; a new item needs one.' }),
    ...columnFields(t),
    ...changeFields(t),
  }),
});

const ItemOperationInput = builder.inputType('ItemOperationInput', {
  isOneOf: true,
  description: 'One part of a mixed batch.',
  fields: (t) => ({
    create: t.field({ type: NewItemInput, description: 'Makes an item.' }),
    update: t.field({ type: ItemChangeInput, description: 'Changes or moves an item.' }),
    upsert: t.field({
      type: builder.inputType('ItemMatchInput', {
        description: 'An item by a value of its own, and what it is to be.',
        fields: (m) => ({
          matchOn: m.string({
            required: true,
            description: 'The key of the value that tells which item it is, like `phone`.',
          }),
          item: m.field({ type: ItemUpsertInput, required: true, description: 'The item.' }),
        }),
      }),
      description: 'Changes the item that has the same value, or makes one.',
    }),
    delete: t.field({
      type: builder.inputType('ItemDeletionInput', {
        description: 'An item that goes.',
        fields: (d) => ({ id: id(d), ...expectedVersion(d) }),
      }),
      description: 'Deletes an item for good.',
    }),
  }),
});

const CreateItemsInput = builder.inputType('CreateItemsInput', {
  description: 'New items.',
  fields: (t) => ({
    boardId: boardId(t),
    items: t.field({ type: [NewItemInput], required: true, description: 'At most 500.' }),
    mode: mode(t),
  }),
});

const UpdateItemsInput = builder.inputType('UpdateItemsInput', {
  description: 'Changes of items.',
  fields: (t) => ({
    boardId: boardId(t),
    items: t.field({ type: [ItemChangeInput], required: true, description: 'At most 500.' }),
    mode: mode(t),
  }),
});

const UpsertItemsInput = builder.inputType('UpsertItemsInput', {
  description: 'Items by a value of their own.',
  fields: (t) => ({
    boardId: boardId(t),
    matchOn: t.string({
      required: true,
      description: 'The key of the value that tells which item it is, like `phone`.',
    }),
    items: t.field({ type: [ItemUpsertInput], required: true, description: 'At most 500.' }),
    mode: mode(t),
  }),
});

const MoveItemsInput = builder.inputType('MoveItemsInput', {
  description: 'Where items go: to the bottom of the column, unless you say otherwise.',
  fields: (t) => ({
    boardId: boardId(t),
    ids: t.idList({
      required: true,
      description: 'At most 500. They end up next to each other, in this order.',
    }),
    ...columnFields(t),
    ...placeFields(t),
  }),
});

const DeleteItemsInput = builder.inputType('DeleteItemsInput', {
  description: 'Which items go.',
  fields: (t) => ({
    boardId: boardId(t),
    ids: t.idList({
      required: true,
      description:
        'At most 500. Those that are not there fail with ITEM_NOT_FOUND in their result, and stop no other one unless the mode is ATOMIC.',
    }),
    mode: t.field({
      type: BatchMode,
      defaultValue: 'PER_ITEM',
      description: 'What an unknown id means.',
    }),
  }),
});

const WriteItemsInput = builder.inputType('WriteItemsInput', {
  description: 'A mixed batch.',
  fields: (t) => ({
    boardId: boardId(t),
    operations: t.field({
      type: [ItemOperationInput],
      required: true,
      description: 'What is done, at most 500; an item can be named once.',
    }),
    mode: mode(t),
  }),
});

const isOf = `At most ${maxBatch}, in one transaction.`;

builder.mutationFields((t) => ({
  createItems: t.field({
    type: ItemsPayload,
    nullable: true,
    description: `Makes several items. ${isOf}`,
    args: {
      input: t.arg({ type: CreateItemsInput, required: true, description: 'The items.' }),
      ...writeArgs(),
    },
    resolve: (_, args, context, info) => {
      const { items, ...where } = args.input;
      const operations = items.map((item) => ({ op: 'create', ...item }) as const);
      return writeBatch(writeContextOf(context, args, info), {
        ...where,
        operations,
        list: 'items',
      });
    },
  }),
  updateItems: t.field({
    type: ItemsPayload,
    nullable: true,
    description: `Changes several items. ${isOf}`,
    args: {
      input: t.arg({ type: UpdateItemsInput, required: true, description: 'The changes.' }),
      ...writeArgs(),
    },
    resolve: (_, args, context, info) => {
      const { items, ...where } = args.input;
      const operations = items.map((item) => ({ op: 'update', ...item }) as const);
      return writeBatch(writeContextOf(context, args, info), {
        ...where,
        operations,
        list: 'items',
      });
    },
  }),
  upsertItems: t.field({
    type: ItemsPayload,
    nullable: true,
    description: `Changes the items that have the same value, and makes those that are missing. ${isOf}`,
    args: {
      input: t.arg({ type: UpsertItemsInput, required: true, description: 'The items.' }),
      ...writeArgs(),
    },
    resolve: (_, args, context, info) => {
      const { items, matchOn, ...where } = args.input;
      const operations = items.map((item) => ({ op: 'upsert', matchOn, ...item }) as const);
      return writeBatch(writeContextOf(context, args, info), {
        ...where,
        operations,
        list: 'items',
      });
    },
  }),
  moveItems: t.field({
    type: ItemsPayload,
    nullable: true,
    description: `Moves several items to one place. ${isOf}`,
    args: {
      input: t.arg({ type: MoveItemsInput, required: true, description: 'Where they go.' }),
      ...writeArgs(),
    },
    resolve: (_, args, context, info) => {
      const { boardId, ids, columnId, columnName, ...said } = args.input;
      const isInColumn = columnId != null || columnName != null;
      if (!isInColumn && said.before == null && said.after == null)
        throw invalid('columnId', 'is required, unless columnName, before or after is given');
      const operations = ids.map((id) => ({ op: 'update', id, columnId, columnName }) as const);
      const place = isPlaced(placeOf(said)) ? placeOf(said) : ({ at: 'BOTTOM' } as const);
      const batch = { boardId, operations, list: 'ids', place };
      return writeBatch(writeContextOf(context, args, info), batch);
    },
  }),
  deleteItems: t.field({
    type: ItemsPayload,
    nullable: true,
    description:
      'Deletes items for good. The same request again deletes nothing, and says so in its results.',
    args: {
      input: t.arg({ type: DeleteItemsInput, required: true, description: 'Which ones.' }),
      ...writeArgs(),
    },
    resolve: (_, args, context, info) => {
      const { boardId, ids } = args.input;
      const mode = args.input.mode ?? 'PER_ITEM';
      const operations = ids.map((id) => ({ op: 'delete', id }) as const);
      const batch = { boardId, mode, operations, list: 'ids', isSet: true };
      return writeBatch(writeContextOf(context, args, info), batch);
    },
  }),
  writeItems: t.field({
    type: ItemsPayload,
    nullable: true,
    description: `Makes, changes, moves and deletes items of one board together. ${isOf}`,
    args: {
      input: t.arg({ type: WriteItemsInput, required: true, description: 'What is done.' }),
      ...writeArgs(),
    },
    resolve: (_, args, context, info) => {
      const { operations, ...where } = args.input;
      return writeBatch(writeContextOf(context, args, info), {
        ...where,
        operations: operations.map(operationOf),
        list: 'operations',
      });
    },
  }),
}));

/** One of the four, as the schema's @oneOf promises. */
function operationOf(input: typeof ItemOperationInput.$inferInput) {
  if (input.create) return { op: 'create', ...input.create } as const;
  if (input.update) return { op: 'update', ...input.update } as const;
  if (input.delete) return { op: 'delete', ...input.delete } as const;
  if (input.upsert)
    return { op: 'upsert', matchOn: input.upsert.matchOn, ...input.upsert.item } as const;
  throw invalid('operations', 'must each have create, update, upsert or delete');
}
