import { importDocument } from '../../transfer/batch-writer.ts';
import { dateFormatNames, decimalMarks } from '../../transfer/local-text.ts';
import { presentDocument } from '../../transfer/present-item.ts';
import type { FileOption, Route } from '../route.ts';

/** The parts of the table of endpoints that files of items share. */
interface Shared extends Pick<Route, 'readers'> {
  itemSelection: string;
}

const delimiter: FileOption = {
  description: 'The delimiter of CSV: one character.',
};

const yesOrNo = ['true', 'false'];

/** Runs before an export, and before an import: the board, and where its log can be followed from. */
export const fileHeadRoute: Route = {
  method: 'GET',
  path: '/boards/:boardId',
  envelope: 'object',
  notFound: {
    code: 'BOARD_NOT_FOUND',
    message: ({ boardId }) => `Board '${boardId}' not found`,
  },
  operation: `query ($boardId: ID!) {
    data: board(id: $boardId) {
      revision changes(last: 1) { page: pageInfo { endCursor } }
      id name description settings { allow_delete: allowDelete allow_reorder: allowReorder color }
      columns(first: 500) { nodes { id name position color settings { wip_limit: wipLimit auto_archive_days: autoArchiveDays } } } value_keys: valueKeys(first: 500) { key }
    }
  }`,
};

/** Runs before each batch of an import that updates items by their ids. */
export const presentItemsRoute: Route = {
  method: 'GET',
  path: '/boards/:boardId/items',
  envelope: 'object',
  operation: presentDocument,
};

/** The endpoints of files of items. */
export const fileRoutes = ({ itemSelection, readers }: Shared): readonly Route[] => [
  {
    method: 'GET',
    path: '/boards/:boardId/export',
    envelope: 'object',
    ...(readers && { readers }),
    file: {
      kind: 'export',
      description:
        'Exports the items of a board as a file, in the order of the board. NDJSON begins with the board and its revision, and ends with a line that has the number of items.',
      types: ['text/csv', 'application/x-ndjson'],
      sets: ['limit', 'cursor'],
      options: {
        format: {
          description: 'The format of the file; csv by default.',
          choices: ['csv', 'ndjson'],
        },
        delimiter,
        bom: {
          description: 'True begins CSV with a byte order mark, by which Excel recognizes UTF-8.',
          choices: yesOrNo,
        },
        escape_formulas: {
          description:
            'True writes an apostrophe before texts that a spreadsheet would run as formulas.',
          choices: yesOrNo,
        },
      },
    },
    operation: `query exportItems($boardId: ID!, $column_id: ID, $search: String, $sortField: ItemOrderField = POSITION,
      $sortValue: ItemValueOrder, $sort_order: OrderDirection! = ASC, $limit: Int! = 500, $cursor: String) {
      data: items(boardId: $boardId, columnId: $column_id, filter: { title: { contains: $search } },
        orderBy: [{ field: $sortField, value: $sortValue, direction: $sort_order }], first: $limit, after: $cursor) {
        rows: nodes { ${itemSelection} } page: pageInfo { hasNextPage endCursor }
      }
    }`,
  },
  {
    method: 'POST',
    path: '/boards/:boardId/import',
    envelope: 'object',
    file: {
      kind: 'import',
      description:
        'Imports a file into a board, batch after batch as it arrives. Rows that are refused are reported, and hold up no others.',
      types: ['text/csv', 'application/x-ndjson'],
      sets: ['operations'],
      options: {
        map: {
          description:
            'What columns set, instead of what is guessed: `Header=title;Other=values.key`. The targets are title, column_name, column_id, labels, contact_name, contact_email, contact_phone, contact_id and values.<key>; none ignores the column, several are separated by commas.',
        },
        match: {
          description:
            'A key of values, like phone: a row updates the item that has the same value, or else creates one. `id`: a row updates the item of its id, if that still has its version; one without an id is created.',
        },
        decimal: {
          description:
            'A comma reads values like `1.234,50` and `12.000` as 1234.50 and 12000; by default they stay as they are.',
          choices: decimalMarks,
        },
        dates: {
          description: 'The format of dates in values, which become like 2025-12-31.',
          choices: dateFormatNames,
        },
        delimiter,
        encoding: {
          description:
            'The encoding of the file, unless its Content-Type has a charset; guessed by default.',
        },
      },
    },
    operation: importDocument,
  },
];
