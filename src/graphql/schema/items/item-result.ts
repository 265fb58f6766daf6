import type { OperationResult } from '../../../domain/items/write/write.ts';
import type { ApiError, ErrorDetail } from '../../../errors.ts';
import { builder } from '../builder.ts';
import { ErrorCode } from '../error-code.ts';
import { Item } from './item.ts';

export const WriteAction = builder.enumType('WriteAction', {
  description: 'The effect of a write on an item or a contact.',
  values: {
    CREATED: { description: 'It was created.' },
    UPDATED: { description: 'It was changed or moved.' },
    DELETED: { description: 'It was deleted.' },
    UNCHANGED: { description: 'Nothing was left to change.' },
    FAILED: { description: 'Nothing was written; see the error.' },
  },
});

const WriteErrorDetail = builder.objectRef<ErrorDetail>('WriteErrorDetail').implement({
  description: 'One invalid field.',
  fields: (t) => ({
    field: t.exposeString('field', { description: 'The name of the field.' }),
    message: t.exposeString('message', { description: 'Why it is invalid.' }),
  }),
});

export const WriteError = builder
  .objectRef<Pick<ApiError, 'code' | 'message' | 'details' | 'context'>>('WriteError')
  .implement({
    description: 'Why an operation of a batch failed.',
    fields: (t) => ({
      code: t.field({
        type: ErrorCode,
        description: 'The code, for programs: the same as in `errors`.',
        resolve: ({ code }) => code,
      }),
      message: t.exposeString('message', { description: 'The message, for people.' }),
      details: t.field({
        type: [WriteErrorDetail],
        description: 'The invalid fields.',
        resolve: ({ details }) => [...details],
      }),
      context: t.field({
        type: 'Json',
        description:
          'Data for programs. With VERSION_CONFLICT: the current item (`current`), `changedFields` and `conflictingFields`.',
        resolve: ({ context }) => context,
      }),
    }),
  });

/** Not the ApiError itself: an executor treats an Error that a resolver returns as thrown. */
export const writeErrorOf = (error: ApiError | null) =>
  error && {
    code: error.code,
    message: error.message,
    details: error.details,
    context: error.context,
  };

const ItemResult = builder.objectRef<OperationResult>('ItemResult').implement({
  description: 'The result of one operation of a batch.',
  fields: (t) => ({
    index: t.exposeInt('index', {
      description: 'The index of the operation in the input, from 0.',
    }),
    action: t.field({
      type: WriteAction,
      description: 'The effect of the operation on the item.',
      resolve: ({ action }) => action,
    }),
    item: t.field({
      type: Item,
      nullable: true,
      description:
        'The item after the write, a deleted one as it was; null if the operation failed.',
      resolve: ({ item }) => item,
    }),
    error: t.field({
      type: WriteError,
      nullable: true,
      description: 'Why the operation failed; null otherwise.',
      resolve: ({ error }) => writeErrorOf(error),
    }),
  }),
});

/** The number of results with this action. */
export const countOf = <Action>(results: readonly { action: Action }[], counted: Action): number =>
  results.filter(({ action }) => action === counted).length;

export const ItemsPayload = builder
  .objectRef<readonly OperationResult[]>('ItemsPayload')
  .implement({
    description: 'The results of a batch.',
    fields: (t) => ({
      results: t.field({
        type: [ItemResult],
        description: 'One result for each operation, in the order of the input.',
        resolve: (results) => [...results],
      }),
      deletedIds: t.idList({
        description: 'The ids of the deleted items.',
        resolve: (results) =>
          results.flatMap(({ action, item }) => (action === 'DELETED' && item ? [item.id] : [])),
      }),
      createdCount: t.int({
        description: 'The number of created items.',
        resolve: (results) => countOf(results, 'CREATED'),
      }),
      updatedCount: t.int({
        description: 'The number of changed or moved items.',
        resolve: (results) => countOf(results, 'UPDATED'),
      }),
      deletedCount: t.int({
        description: 'The number of deleted items.',
        resolve: (results) => countOf(results, 'DELETED'),
      }),
      failedCount: t.int({
        description: 'The number of failed operations.',
        resolve: (results) => countOf(results, 'FAILED'),
      }),
    }),
  });
