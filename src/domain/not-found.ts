import { ApiError } from '../errors.ts';
import { didYouMean } from '../limits/nearest-name.ts';

// The errors of ids and names that the workspace of the caller does not have. `field` is the input field that has the id or
// the name.

export const boardNotFound = (id: string, field = 'boardId'): ApiError =>
  new ApiError('BOARD_NOT_FOUND', `Board '${id}' not found`, [{ field, message: 'not found' }]);

export const columnNotFound = (id: string, field = 'columnId'): ApiError =>
  new ApiError('COLUMN_NOT_FOUND', `Column '${id}' not found in board`, [
    { field, message: 'not found in board' },
  ]);

/** `names` are those of the columns of the board, where they are known. */
export const columnNameNotFound = (
  name: string,
  field = 'columnName',
  names: readonly string[] = [],
): ApiError =>
  new ApiError('COLUMN_NOT_FOUND', `Column with name '${name}' not found in board`, [
    { field, message: `not found in board${didYouMean(name, names)}` },
  ]);

export const itemNotFound = (id: string, field = 'id'): ApiError =>
  new ApiError('ITEM_NOT_FOUND', `Item '${id}' not found`, [{ field, message: 'not found' }]);

export const contactNotFound = (id: string, field = 'contactId'): ApiError =>
  new ApiError('CONTACT_NOT_FOUND', `Contact '${id}' not found`, [{ field, message: 'not found' }]);
