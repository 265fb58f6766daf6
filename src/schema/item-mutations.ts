import { createItem, deleteItems, updateItem } from '../items/write.ts';
import { builder } from './builder.ts';
import { Deleted } from './deleted.ts';
import { Item } from './item.ts';

const ItemPayload = builder.objectRef<{ item: typeof Item.$inferType }>('ItemPayload').implement({
  description: 'The item as it is after the change.',
  fields: (t) => ({
    item: t.field({ type: Item, description: 'The item.', resolve: ({ item }) => item }),
  }),
});

const CreateItemInput = builder.inputType('CreateItemInput', {
  description: 'A new item. It goes to the end of its column.',
  fields: (t) => ({
    boardId: t.id({ required: true, description: 'The board that it is put on.' }),
    title: t.string({ required: true, description: 'The title, 1 to 500 characters.' }),
    columnId: t.id({
      description: "The column; the board's first one where neither id nor name is given.",
    }),
    columnName: t.string({
      description:
        'The column by its name, without regard to case and outer spaces. With an id both must agree.',
    }),
    values: t.field({ type: 'ItemValues', description: 'Its own fields.' }),
    contactId: t.id({ description: 'The contact that it is about.' }),
    labels: t.stringList({ description: 'Its labels: at most 50, each at most 100 characters.' }),
  }),
});

const UpdateItemInput = builder.inputType('UpdateItemInput', {
  description: 'What changes about an item; what is left out stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Which item.' }),
    boardId: t.id({ description: 'The board that it must be on, if you want that checked.' }),
    title: t.string({ description: 'The title, 1 to 500 characters.' }),
    columnId: t.id({ description: 'Moves it to the end of this column, if it is in another one.' }),
    columnName: t.string({
      description: 'The same by name, without regard to case and outer spaces.',
    }),
    values: t.field({
      type: 'ItemValues',
      description: 'Merged key by key into what is there: a null removes its key, other keys stay.',
    }),
    contactId: t.id({ description: 'The contact that it is about; null unlinks it.' }),
    labels: t.stringList({ description: 'Its labels, all of them: the old ones are replaced.' }),
  }),
});

const DeleteItemsInput = builder.inputType('DeleteItemsInput', {
  description: 'Which items go.',
  fields: (t) => ({
    boardId: t.id({ required: true, description: 'The board that they are on.' }),
    ids: t.idList({
      required: true,
      description: 'At most 500 ids; unknown ones are passed over.',
    }),
  }),
});

builder.mutationFields((t) => ({
  createItem: t.field({
    type: ItemPayload,
    description: 'Makes an item.',
    args: { input: t.arg({ type: CreateItemInput, required: true, description: 'The item.' }) },
    resolve: async (_, { input }, { db, caller }) => ({
      item: await createItem(db, caller, input),
    }),
  }),
  updateItem: t.field({
    type: ItemPayload,
    description: 'Changes an item, or moves it to another column.',
    args: { input: t.arg({ type: UpdateItemInput, required: true, description: 'The change.' }) },
    resolve: async (_, { input }, { db, caller }) => ({
      item: await updateItem(db, caller, input),
    }),
  }),
  deleteItems: t.field({
    type: Deleted,
    description: 'Deletes items for good. The same request again deletes nothing and is no error.',
    args: { input: t.arg({ type: DeleteItemsInput, required: true, description: 'Which ones.' }) },
    resolve: (_, { input }, { db, caller }) => deleteItems(db, caller, input),
  }),
}));
