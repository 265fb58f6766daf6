import { writeItem } from '../../domain/items/write/write.ts';
import type { WriteContext } from '../../domain/transaction.ts';
import { invalid } from '../../errors.ts';
import { builder } from './builder.ts';
import { Item } from './item.ts';
import {
  changeFields,
  columnFields,
  expectedVersion,
  isPlaced,
  placeFields,
  placeOf,
} from './item-inputs.ts';
import { writeArgs, writeContextOf } from './write-context.ts';

const ItemPayload = builder.objectRef<{ item: typeof Item.$inferType }>('ItemPayload').implement({
  description: 'The item as it is after the change.',
  fields: (t) => ({
    item: t.field({ type: Item, description: 'The item.', resolve: ({ item }) => item }),
  }),
});

const CreateItemInput = builder.inputType('CreateItemInput', {
  description:
    'A new item. It goes to the end of its column, unless you say otherwise; where you name no column, to the first one of the board.',
  fields: (t) => ({
    boardId: t.id({ required: true, description: 'The board that it is put on.' }),
    title: t.string({ required: true, description: 'The title, 1 to 500 characters.' }),
    ...columnFields(t),
    ...changeFields(t),
    ...placeFields(t),
  }),
});

const UpdateItemInput = builder.inputType('UpdateItemInput', {
  description:
    'What changes about an item; what is left out stays. In another column it goes to the end, unless you say otherwise.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Which item.' }),
    boardId: t.id({ description: 'The board that it must be on, if you want that checked.' }),
    title: t.string({ description: 'The title, 1 to 500 characters.' }),
    ...columnFields(t),
    ...changeFields(t),
    ...placeFields(t),
    ...expectedVersion(t),
  }),
});

const MoveItemInput = builder.inputType('MoveItemInput', {
  description: 'Where an item goes: to the bottom of the column, unless you say otherwise.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Which item.' }),
    boardId: t.id({ description: 'The board that it must be on, if you want that checked.' }),
    ...columnFields(t),
    ...placeFields(t),
    ...expectedVersion(t),
  }),
});

const DeleteItemInput = builder.inputType('DeleteItemInput', {
  description: 'Which item goes.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Which item.' }),
    boardId: t.id({ description: 'The board that it must be on, if you want that checked.' }),
    ...expectedVersion(t),
  }),
});

const payload = async (write: WriteContext, written: Parameters<typeof writeItem>[1]) => ({
  item: await writeItem(write, written),
});

builder.mutationFields((t) => ({
  createItem: t.field({
    type: ItemPayload,
    nullable: true,
    description: 'Makes an item.',
    args: {
      input: t.arg({ type: CreateItemInput, required: true, description: 'The item.' }),
      ...writeArgs(),
    },
    resolve: (_, args, context, info) => {
      const { boardId, ...change } = args.input;
      const operation = { op: 'create', ...change } as const;
      const where = { boardId, place: placeOf(change) };
      return payload(writeContextOf(context, args, info), { ...where, operation });
    },
  }),
  updateItem: t.field({
    type: ItemPayload,
    nullable: true,
    description: 'Changes an item, or moves it. A change of nothing leaves its version as it is.',
    args: {
      input: t.arg({ type: UpdateItemInput, required: true, description: 'The change.' }),
      ...writeArgs(),
    },
    resolve: (_, args, context, info) => {
      const { boardId, ...change } = args.input;
      const operation = { op: 'update', ...change } as const;
      const where = { boardId, place: placeOf(change) };
      return payload(writeContextOf(context, args, info), { ...where, operation });
    },
  }),
  moveItem: t.field({
    type: ItemPayload,
    nullable: true,
    description:
      'Moves an item within its column or to another one. The server decides the position; no two items share one.',
    args: {
      input: t.arg({ type: MoveItemInput, required: true, description: 'Where it goes.' }),
      ...writeArgs(),
    },
    resolve: (_, args, context, info) => {
      const { boardId, ...move } = args.input;
      const said = placeOf(move);
      if (!isPlaced(said) && move.columnId == null && move.columnName == null)
        throw invalid(
          'columnId',
          'is required, unless columnName, before, after, at or position is given',
        );
      const operation = { op: 'update', ...move } as const;
      const place = isPlaced(said) ? said : ({ at: 'BOTTOM' } as const);
      return payload(writeContextOf(context, args, info), { boardId, place, operation });
    },
  }),
  deleteItem: t.field({
    type: ItemPayload,
    nullable: true,
    description: 'Deletes an item for good. The answer is the item as it was.',
    args: {
      input: t.arg({ type: DeleteItemInput, required: true, description: 'Which one.' }),
      ...writeArgs(),
    },
    resolve: (_, args, context, info) => {
      const { boardId, ...rest } = args.input;
      const operation = { op: 'delete', ...rest } as const;
      return payload(writeContextOf(context, args, info), { boardId, operation });
    },
  }),
}));
