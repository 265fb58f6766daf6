import { builder, type InputFields } from '../builder.ts';
import {
  changeFields,
  columnFields,
  expectedVersion,
  itemId,
  optionalTitle,
  placeFields,
} from './item-inputs.ts';

const BatchMode = builder.enumType('BatchMode', {
  description: 'How an error of one operation affects the others.',
  values: {
    ATOMIC: { description: 'All operations succeed, or nothing is written.' },
    PER_ITEM: { description: 'Each operation succeeds or fails by itself, as its result tells.' },
  },
});

const boardId = (t: InputFields) =>
  t.id({ required: true, description: 'The board of all the items.' });

export const batchMode = (t: InputFields, defaultValue: 'ATOMIC' | 'PER_ITEM' = 'ATOMIC') =>
  t.field({
    type: BatchMode,
    defaultValue,
    description: 'How an error of one operation affects the others.',
  });

const matchOn = (t: InputFields) =>
  t.string({
    required: true,
    description: 'The key in `values` by which an existing item is found, like `phone`.',
  });

const MatchType = builder.enumType('MatchType', {
  description: 'The type as which an upsert compares values.',
  values: {
    EMAIL: { description: 'An e-mail address, ignoring case and outer white space.' },
    PHONE: {
      description:
        'A phone number: only its digits count, and one of the two may lack the country code.',
    },
  } as const,
});

const matchAs = (t: InputFields) =>
  t.field({
    type: MatchType,
    description: 'Compares the values as e-mail addresses or phone numbers, not as written.',
  });

const NewItemInput = builder.inputType('NewItemInput', {
  description:
    'A new item of a batch. It is placed at the end of its column, by default the first of the board.',
  fields: (t) => ({
    title: t.string({
      description:
        'The title: 1 to 500 characters. An item without one is refused; in the mode PER_ITEM the others are created.',
    }),
    ...columnFields(t),
    ...changeFields(t),
  }),
});

const ItemChangeInput = builder.inputType('ItemChangeInput', {
  description: 'Changes to one item of a batch. Omitted fields keep their values.',
  fields: (t) => ({
    id: itemId(t),
    title: optionalTitle(t),
    ...columnFields(t),
    ...changeFields(t),
    ...expectedVersion(t),
  }),
});

const ItemUpsertInput = builder.inputType('ItemUpsertInput', {
  description: 'Changes to the item that has the same value, or a new item if none has it.',
  fields: (t) => ({
    title: t.string({ description: 'The title: 1 to 500 characters. A new item needs one.' }),
    ...columnFields(t),
    ...changeFields(t),
  }),
});

const ItemMatchInput = builder.inputType('ItemMatchInput', {
  description: 'An item to update or create.',
  fields: (t) => ({
    matchOn: matchOn(t),
    as: matchAs(t),
    item: t.field({ type: ItemUpsertInput, required: true, description: 'The item.' }),
  }),
});

const ItemDeletionInput = builder.inputType('ItemDeletionInput', {
  description: 'An item to delete.',
  fields: (t) => ({ id: itemId(t), ...expectedVersion(t) }),
});

export const ItemOperationInput = builder.inputType('ItemOperationInput', {
  isOneOf: true,
  description: 'One operation of a mixed batch.',
  fields: (t) => ({
    create: t.field({ type: NewItemInput, description: 'Creates an item.' }),
    update: t.field({ type: ItemChangeInput, description: 'Updates or moves an item.' }),
    upsert: t.field({
      type: ItemMatchInput,
      description: 'Updates the item that has the same value, or creates one.',
    }),
    delete: t.field({ type: ItemDeletionInput, description: 'Deletes an item permanently.' }),
  }),
});

export const CreateItemsInput = builder.inputType('CreateItemsInput', {
  description: 'Items to create.',
  fields: (t) => ({
    boardId: boardId(t),
    items: t.field({ type: [NewItemInput], required: true, description: 'At most 500.' }),
    mode: batchMode(t),
  }),
});

export const UpdateItemsInput = builder.inputType('UpdateItemsInput', {
  description: 'Items to update.',
  fields: (t) => ({
    boardId: boardId(t),
    items: t.field({ type: [ItemChangeInput], required: true, description: 'At most 500.' }),
    mode: batchMode(t),
  }),
});

export const UpsertItemsInput = builder.inputType('UpsertItemsInput', {
  description: 'Items to update or create.',
  fields: (t) => ({
    boardId: boardId(t),
    matchOn: matchOn(t),
    as: matchAs(t),
    items: t.field({ type: [ItemUpsertInput], required: true, description: 'At most 500.' }),
    mode: batchMode(t),
  }),
});

export const MoveItemsInput = builder.inputType('MoveItemsInput', {
  description: 'Where to move items: by default to the bottom of the column.',
  fields: (t) => ({
    boardId: boardId(t),
    ids: t.idList({
      required: true,
      description: 'At most 500. They are placed next to each other, in this order.',
    }),
    ...columnFields(t),
    ...placeFields(t),
  }),
});

export const DeleteItemsInput = builder.inputType('DeleteItemsInput', {
  description: 'Items to delete.',
  fields: (t) => ({
    boardId: boardId(t),
    ids: t.idList({
      required: true,
      description:
        'At most 500. An unknown id fails with ITEM_NOT_FOUND in its result; in the mode ATOMIC nothing is deleted then.',
    }),
    mode: batchMode(t, 'PER_ITEM'),
  }),
});

export const WriteItemsInput = builder.inputType('WriteItemsInput', {
  description: 'A mixed batch.',
  fields: (t) => ({
    boardId: boardId(t),
    operations: t.field({
      type: [ItemOperationInput],
      required: true,
      description: 'At most 500. An item must not be named twice.',
    }),
    mode: batchMode(t),
  }),
});
