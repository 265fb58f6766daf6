import { writeItem } from '../../../domain/items/write/write.ts';
import type { WriteContext } from '../../../domain/transaction.ts';
import { invalid } from '../../../errors.ts';
import { builder } from '../builder.ts';
import { writeArgs, writeContextOf } from '../write-context.ts';
import { Item } from './item.ts';
import {
  boardOfItem,
  changeFields,
  columnFields,
  expectedVersion,
  isPlaced,
  itemId,
  optionalTitle,
  placeFields,
  placeOf,
  requiredTitle,
} from './item-inputs.ts';

const ItemPayload = builder.objectRef<{ item: typeof Item.$inferType }>('ItemPayload').implement({
  description: 'The item after the write; a deleted one as it was.',
  fields: (t) => ({
    item: t.field({ type: Item, description: 'The item.', resolve: ({ item }) => item }),
  }),
});

const CreateItemInput = builder.inputType('CreateItemInput', {
  description:
    'A new item. By default it is placed at the end of its column, and its column is the first of the board.',
  fields: (t) => ({
    boardId: t.id({ required: true, description: 'The board to create the item on.' }),
    title: requiredTitle(t),
    ...columnFields(t),
    ...changeFields(t),
    ...placeFields(t),
  }),
});

const UpdateItemInput = builder.inputType('UpdateItemInput', {
  description:
    'Changes to an item. Omitted fields keep their values. An item that changes its column goes to the end by default.',
  fields: (t) => ({
    id: itemId(t),
    boardId: boardOfItem(t),
    title: optionalTitle(t),
    ...columnFields(t),
    ...changeFields(t),
    ...placeFields(t),
    ...expectedVersion(t),
  }),
});

const MoveItemInput = builder.inputType('MoveItemInput', {
  description: 'Where to move an item: by default to the bottom of the column.',
  fields: (t) => ({
    id: itemId(t),
    boardId: boardOfItem(t),
    ...columnFields(t),
    ...placeFields(t),
    ...expectedVersion(t),
  }),
});

const DeleteItemInput = builder.inputType('DeleteItemInput', {
  description: 'The item to delete.',
  fields: (t) => ({
    id: itemId(t),
    boardId: boardOfItem(t),
    ...expectedVersion(t),
  }),
});

const writePayload = async (write: WriteContext, target: Parameters<typeof writeItem>[1]) => ({
  item: await writeItem(write, target),
});

builder.mutationFields((t) => ({
  createItem: t.field({
    type: ItemPayload,
    nullable: true,
    description: 'Creates an item.',
    args: {
      input: t.arg({ type: CreateItemInput, required: true, description: 'The new item.' }),
      ...writeArgs(),
    },
    resolve: (_, args, context, info) => {
      const { boardId, ...change } = args.input;
      const operation = { op: 'create', ...change } as const;
      const target = { boardId, place: placeOf(change), operation };
      return writePayload(writeContextOf(context, args, info), target);
    },
  }),
  updateItem: t.field({
    type: ItemPayload,
    nullable: true,
    description:
      'Updates an item, or moves it. An update that changes nothing leaves the version as it is.',
    args: {
      input: t.arg({ type: UpdateItemInput, required: true, description: 'The changes.' }),
      ...writeArgs(),
    },
    resolve: (_, args, context, info) => {
      const { boardId, ...change } = args.input;
      const operation = { op: 'update', ...change } as const;
      const target = { boardId, place: placeOf(change), operation };
      return writePayload(writeContextOf(context, args, info), target);
    },
  }),
  moveItem: t.field({
    type: ItemPayload,
    nullable: true,
    description:
      'Moves an item within its column or to another one. The server chooses the position, which is unique in the column.',
    args: {
      input: t.arg({ type: MoveItemInput, required: true, description: 'Where to move it.' }),
      ...writeArgs(),
    },
    resolve: (_, args, context, info) => {
      const { boardId, ...move } = args.input;
      const given = placeOf(move);
      if (!isPlaced(given) && move.columnId == null && move.columnName == null)
        throw invalid(
          'columnId',
          'is required, unless columnName, before, after, at or position is given',
        );
      const operation = { op: 'update', ...move } as const;
      const place = isPlaced(given) ? given : ({ at: 'BOTTOM' } as const);
      return writePayload(writeContextOf(context, args, info), { boardId, place, operation });
    },
  }),
  deleteItem: t.field({
    type: ItemPayload,
    nullable: true,
    description: 'Deletes an item permanently, and returns it as it was.',
    args: {
      input: t.arg({ type: DeleteItemInput, required: true, description: 'The item.' }),
      ...writeArgs(),
    },
    resolve: (_, args, context, info) => {
      const { boardId, ...item } = args.input;
      const operation = { op: 'delete', ...item } as const;
      return writePayload(writeContextOf(context, args, info), { boardId, operation });
    },
  }),
}));
