import { type Batch, maxBatch, writeBatch } from '../../../domain/items/write/write.ts';
import { invalid } from '../../../errors.ts';
import { builder } from '../builder.ts';
import { writeArgs, writeContextOf } from '../write-context.ts';
import {
  CreateItemsInput,
  DeleteItemsInput,
  type ItemOperationInput,
  MoveItemsInput,
  UpdateItemsInput,
  UpsertItemsInput,
  WriteItemsInput,
} from './item-batch-inputs.ts';
import { isPlaced, placeOf } from './item-inputs.ts';
import { ItemsPayload } from './item-result.ts';

const limits = `At most ${maxBatch}, in one transaction.`;

builder.mutationFields((t) => ({
  createItems: t.field({
    type: ItemsPayload,
    nullable: true,
    description: `Creates several items. ${limits}`,
    args: {
      input: t.arg({ type: CreateItemsInput, required: true, description: 'The items.' }),
      ...writeArgs(),
    },
    resolve: (_, args, context, info) => {
      const { items, ...target } = args.input;
      const operations = items.map((item) => ({ op: 'create', ...item }) as const);
      const batch: Batch = { ...target, operations, list: 'items' };
      return writeBatch(writeContextOf(context, args, info), batch);
    },
  }),
  updateItems: t.field({
    type: ItemsPayload,
    nullable: true,
    description: `Updates several items. ${limits}`,
    args: {
      input: t.arg({ type: UpdateItemsInput, required: true, description: 'The changes.' }),
      ...writeArgs(),
    },
    resolve: (_, args, context, info) => {
      const { items, ...target } = args.input;
      const operations = items.map((item) => ({ op: 'update', ...item }) as const);
      const batch: Batch = { ...target, operations, list: 'items' };
      return writeBatch(writeContextOf(context, args, info), batch);
    },
  }),
  upsertItems: t.field({
    type: ItemsPayload,
    nullable: true,
    description: `Updates the items that have the same value, and creates those that are missing. ${limits}`,
    args: {
      input: t.arg({ type: UpsertItemsInput, required: true, description: 'The items.' }),
      ...writeArgs(),
    },
    resolve: (_, args, context, info) => {
      const { items, matchOn, as, ...target } = args.input;
      const operations = items.map((item) => ({ op: 'upsert', matchOn, as, ...item }) as const);
      const batch: Batch = { ...target, operations, list: 'items' };
      return writeBatch(writeContextOf(context, args, info), batch);
    },
  }),
  moveItems: t.field({
    type: ItemsPayload,
    nullable: true,
    description: `Moves several items to one place. ${limits}`,
    args: {
      input: t.arg({ type: MoveItemsInput, required: true, description: 'Where to move them.' }),
      ...writeArgs(),
    },
    resolve: (_, args, context, info) => {
      const { boardId, ids, columnId, columnName, ...rest } = args.input;
      const given = placeOf(rest);
      const hasColumn = columnId != null || columnName != null;
      if (!hasColumn && given.before == null && given.after == null)
        throw invalid('columnId', 'is required, unless columnName, before or after is given');
      const operations = ids.map((id) => ({ op: 'update', id, columnId, columnName }) as const);
      const place = isPlaced(given) ? given : ({ at: 'BOTTOM' } as const);
      const batch: Batch = { boardId, operations, list: 'ids', place };
      return writeBatch(writeContextOf(context, args, info), batch);
    },
  }),
  deleteItems: t.field({
    type: ItemsPayload,
    nullable: true,
    description:
      'Deletes items permanently. A repeated request deletes nothing, and its results say so.',
    args: {
      input: t.arg({ type: DeleteItemsInput, required: true, description: 'The items.' }),
      ...writeArgs(),
    },
    resolve: (_, args, context, info) => {
      const { boardId, ids } = args.input;
      const mode = args.input.mode ?? 'PER_ITEM';
      const operations = ids.map((id) => ({ op: 'delete', id }) as const);
      const batch: Batch = { boardId, mode, operations, list: 'ids', isSet: true };
      return writeBatch(writeContextOf(context, args, info), batch);
    },
  }),
  writeItems: t.field({
    type: ItemsPayload,
    nullable: true,
    description: `Creates, updates, moves and deletes items of one board together. ${limits}`,
    args: {
      input: t.arg({ type: WriteItemsInput, required: true, description: 'The operations.' }),
      ...writeArgs(),
    },
    resolve: (_, args, context, info) => {
      const { operations, ...target } = args.input;
      const batch: Batch = {
        ...target,
        operations: operations.map(operationOf),
        list: 'operations',
      };
      return writeBatch(writeContextOf(context, args, info), batch);
    },
  }),
}));

/** The one operation of the four: the schema's @oneOf allows no other input. */
function operationOf(input: typeof ItemOperationInput.$inferInput) {
  if (input.create) return { op: 'create', ...input.create } as const;
  if (input.update) return { op: 'update', ...input.update } as const;
  if (input.delete) return { op: 'delete', ...input.delete } as const;
  if (input.upsert) {
    const { item, ...match } = input.upsert;
    return { op: 'upsert', ...match, ...item } as const;
  }
  throw invalid('operations', 'must each have create, update, upsert or delete');
}
