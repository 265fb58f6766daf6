import type { Result } from '../../domain/items/write/write.ts';
import type { ApiError, ErrorDetail } from '../../errors.ts';
import { builder } from './builder.ts';
import { Item } from './item.ts';

const WriteAction = builder.enumType('WriteAction', {
  description: 'What a write did to an item.',
  values: {
    CREATED: { description: 'It is new.' },
    UPDATED: { description: 'It was changed or moved.' },
    DELETED: { description: 'It is gone.' },
    UNCHANGED: { description: 'It was so already.' },
    FAILED: { description: 'Nothing was done to it; the error says why.' },
  },
});

const WriteErrorDetail = builder.objectRef<ErrorDetail>('WriteErrorDetail').implement({
  description: 'One field that was wrong.',
  fields: (t) => ({
    field: t.exposeString('field', { description: 'Which one.' }),
    message: t.exposeString('message', { description: 'What is wrong about it.' }),
  }),
});

const WriteError = builder
  .objectRef<Pick<ApiError, 'code' | 'message' | 'details' | 'context'>>('WriteError')
  .implement({
    description: 'Why a part of a batch was not done.',
    fields: (t) => ({
      code: t.exposeString('code', {
        description: 'For programs: the same codes as of any error.',
      }),
      message: t.exposeString('message', { description: 'For people.' }),
      details: t.field({
        type: [WriteErrorDetail],
        description: 'The fields that were wrong.',
        resolve: ({ details }) => [...details],
      }),
      context: t.field({
        type: 'Json',
        description:
          'What a program needs to go on: of a VERSION_CONFLICT the item as it is (`current`), `changedFields` and `conflictingFields`.',
        resolve: ({ context }) => context,
      }),
    }),
  });

const ItemResult = builder.objectRef<Result>('ItemResult').implement({
  description: 'What came of one part of a batch.',
  fields: (t) => ({
    index: t.exposeInt('index', { description: 'Its place in the input, from 0.' }),
    action: t.field({
      type: WriteAction,
      description: 'What was done.',
      resolve: ({ action }) => action,
    }),
    item: t.field({
      type: Item,
      nullable: true,
      description: 'The item as it is now, a deleted one as it was; null where it failed.',
      resolve: ({ item }) => item,
    }),
    error: t.field({
      type: WriteError,
      nullable: true,
      description: 'Why it failed.',
      // An executor takes an Error that a field is for one that the field has thrown.
      resolve: ({ error }) =>
        error && {
          code: error.code,
          message: error.message,
          details: error.details,
          context: error.context,
        },
    }),
  }),
});

const countOf = (results: readonly Result[], counted: Result['action']): number =>
  results.filter(({ action }) => action === counted).length;

export const ItemsPayload = builder.objectRef<readonly Result[]>('ItemsPayload').implement({
  description: 'What came of a batch.',
  fields: (t) => ({
    results: t.field({
      type: [ItemResult],
      description: 'One result for each part, in the order of the input.',
      resolve: (results) => [...results],
    }),
    deletedIds: t.idList({
      description: 'The ids of the items that are gone.',
      resolve: (results) =>
        results.flatMap(({ action, item }) => (action === 'DELETED' && item ? [item.id] : [])),
    }),
    createdCount: t.int({
      description: 'How many are new.',
      resolve: (results) => countOf(results, 'CREATED'),
    }),
    updatedCount: t.int({
      description: 'How many were changed or moved.',
      resolve: (results) => countOf(results, 'UPDATED'),
    }),
    deletedCount: t.int({
      description: 'How many are gone.',
      resolve: (results) => countOf(results, 'DELETED'),
    }),
    failedCount: t.int({
      description: 'How many failed.',
      resolve: (results) => countOf(results, 'FAILED'),
    }),
  }),
});
