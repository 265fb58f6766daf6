import { type GraphQLInputType, getNamedType, isInputObjectType } from 'graphql';
import { invalid } from '../../errors.ts';
import { isJsonObject, type JsonObject } from '../../http/json-object.ts';
import { readInputObject } from '../../rest/readers/input-object.ts';
import type { Tool } from '../tool.ts';

interface WriteResult {
  index: number;
  action: string;
  item: { id: string } | null;
  error: { code: string; message: string } | null;
}

type WriteData = { results: WriteResult[] } & JsonObject;

const results = 'failed: failedCount results { index action item { id } error { code message } }';
const writeOutput = { ids: 'array', failed: 'integer', errors: 'array' };

/** The ids of what was written, and the errors. An item that a dry run would create never has the id of its result. */
const writeAnswer = ({ results, ...counts }: WriteData, { validate_only }: JsonObject) => ({
  content: {
    ...counts,
    ids: results.flatMap(({ action, item }) =>
      item === null || (validate_only === true && action === 'CREATED') ? [] : [item.id],
    ),
    errors: results.flatMap(({ index, error }) => (error === null ? [] : [{ index, ...error }])),
  },
  list: 'errors',
});

interface ReadOptions {
  place: string;
  nullable: ReadonlySet<string>;
}

/** An item with the names of REST, as the input of the schema. */
function readItem(
  item: unknown,
  type: GraphQLInputType | undefined,
  { place, nullable }: ReadOptions,
): JsonObject {
  // Null unlinks the contact, which the results do not have. Beside another contact, null is none.
  if (!isJsonObject(item) || item.contact == null)
    return readInputObject(item, type, {
      place,
      nullable: new Set([...nullable, 'contact_id']),
    });
  const { contact, ...fields } = item;
  const itemType = type && getNamedType(type);
  const contactType = isInputObjectType(itemType) ? itemType.getFields().contact?.type : undefined;
  return {
    ...readInputObject(fields, type, { place, nullable }),
    contact: readInputObject(contact, contactType, { place: `${place}.contact`, nullable }),
  };
}

const itemReaders: NonNullable<Tool['readers']> = {
  items: {
    sets: ['items'],
    read(value, type, nullable) {
      if (!Array.isArray(value)) throw invalid('items', 'must be a list');
      return {
        items: value.map((item, n) => readItem(item, type, { place: `items.${n}`, nullable })),
      };
    },
  },
};

const perItem = 'Each item succeeds or fails by itself. At most 500.';

/** Tools that write. */
export const writeTools: readonly Tool[] = [
  {
    name: 'create_items',
    description: `Creates items, by default in the first column. ${perItem}`,
    readers: itemReaders,
    operation: `mutation ($board_id: ID!, $items: [NewItemInput!]!, $validate_only: Boolean) {
      data: createItems(input: { boardId: $board_id, items: $items, mode: PER_ITEM }, validateOnly: $validate_only) {
        created: createdCount ${results}
      }
    }`,
    output: writeOutput,
    answer: writeAnswer,
  },
  {
    name: 'update_items',
    description: `Changes items. Values are merged by key, null removes a key; labels are replaced. ${perItem}`,
    readers: itemReaders,
    operation: `mutation ($board_id: ID!, $items: [ItemChangeInput!]!, $validate_only: Boolean) {
      data: updateItems(input: { boardId: $board_id, items: $items, mode: PER_ITEM }, validateOnly: $validate_only) {
        updated: updatedCount ${results}
      }
    }`,
    output: writeOutput,
    answer: writeAnswer,
  },
  {
    name: 'move_items',
    description:
      'Moves items to a column, or within it: to the bottom, or before or after another item. All or none.',
    operation: `mutation ($board_id: ID!, $item_ids: [ID!]!, $column_id: ID, $column_name: String, $before: ID, $after: ID,
      $at: ColumnEnd, $validate_only: Boolean) {
      data: moveItems(input: { boardId: $board_id, ids: $item_ids, columnId: $column_id, columnName: $column_name,
        before: $before, after: $after, at: $at }, validateOnly: $validate_only) {
        moved: updatedCount ${results}
      }
    }`,
    output: writeOutput,
    answer: writeAnswer,
  },
  {
    name: 'delete_items',
    description: 'Deletes items for good. Unknown ids are left out.',
    isDestructive: true,
    operation: `mutation ($board_id: ID!, $item_ids: [ID!]!, $validate_only: Boolean) {
      data: deleteItems(input: { boardId: $board_id, ids: $item_ids }, validateOnly: $validate_only) {
        deleted: deletedCount ids: deletedIds
      }
    }`,
    output: { deleted: 'integer', ids: 'array' },
    answer: (content: { ids: string[] } & JsonObject) => ({ content, list: 'ids' }),
  },
];
