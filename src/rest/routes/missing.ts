import type { Route } from '../route.ts';

/** The errors of endpoints whose operation returns null. */
export const missingItem = {
  code: 'ITEM_NOT_FOUND',
  message: ({ itemId }) =>
    `Item '${itemId}' not found in board${itemId === 'search' ? '; to search, use POST' : ''}`,
} as const satisfies Route['notFound'];

export const missingBoard = {
  code: 'BOARD_NOT_FOUND',
  message: ({ id, boardId }) => `Board '${boardId ?? id}' not found`,
} as const satisfies Route['notFound'];
