import { ApiError } from './errors.ts';

/** More than any screen shows; an export goes page by page. */
const maxRows = 30_000;

/**
 * How many rows of lists one request may be answered with, each counted as often as it is. Lists inside lists multiply,
 * so that a short query could ask for more than fits into memory.
 */
export class Budget {
  #left = maxRows;

  /** Throws QUERY_TOO_LARGE. */
  take(rows: number): void {
    this.#left -= rows;
    if (this.#left >= 0) return;
    throw new ApiError(
      'QUERY_TOO_LARGE',
      `The answer would have more than ${maxRows} rows. Ask for smaller pages (first), or for fewer lists inside lists.`,
    );
  }
}
