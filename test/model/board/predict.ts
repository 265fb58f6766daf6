import type { BoardState } from '../../support/board-state.ts';
import type { Prediction } from './model.ts';
import { predictColumn } from './predict-column.ts';
import { predictItems } from './predict-items.ts';
import { isOfColumn, type Write } from './write.ts';

/** The expected result of a write to a board without concurrent writes. */
export const predict = (board: BoardState, write: Write, agentId: string): Prediction =>
  isOfColumn(write) ? predictColumn(board, write) : predictItems(board, write, agentId);
