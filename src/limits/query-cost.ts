import { ApiError } from '../errors.ts';

/** More than any screen shows; an export goes page by page. */
const maxRows = 30_000;

/** What a count costs, in rows. */
const countCost = 50;

const mega = 1024 * 1024;
/** Letters of what one request may read; a letter takes up to two bytes, and the answer is made of them once more. */
const maxRead = 6 * mega;
/** Letters of what all requests of the process may hold at once, until their answers are fetched; few have much. */
const maxHeld = 20 * mega;
const little = mega / 4;

const tooLarge = (message: string): ApiError =>
  new ApiError(
    'QUERY_TOO_LARGE',
    `${message} Ask for smaller pages (first), or for fewer lists inside lists.`,
  );

let held = 0;

/**
 * How much one request may be answered with: rows of lists, each counted as often as it is, and what is read for them.
 * Lists inside lists multiply, so that a short query could ask for more than fits into memory.
 */
export class QueryCost {
  #rows = maxRows;
  #read = 0;
  #held = 0;
  #isOver = false;

  /** Takes what a page may have at most, before it is read; what it has not is given back. Throws QUERY_TOO_LARGE. */
  takeRows(rows: number): void {
    this.#rows -= rows;
    if (this.#rows < 0) throw tooLarge(`The answer would have more than ${maxRows} rows.`);
  }

  giveBackRows(rows: number): void {
    this.#rows += rows;
  }

  takeCount(): void {
    this.takeRows(countCost);
  }

  /** Begins anew: what was asked for is asked again. */
  restart(): void {
    this.#rows = maxRows;
  }

  /** Takes what was read, in letters. Throws QUERY_TOO_LARGE, or SERVICE_UNAVAILABLE where others have too much. */
  takeRead(letters: number): void {
    this.#read += letters;
    if (this.#read > maxRead)
      throw tooLarge(`The answer would be over ${maxRead / mega} MiB, for its items are large.`);
    if (this.#read < little) return;
    if (this.#isOver) return;
    held += this.#read - this.#held;
    this.#held = this.#read;
    if (held > maxHeld)
      throw new ApiError(
        'SERVICE_UNAVAILABLE',
        'Too much is read at once here. Try again in a moment.',
      );
  }

  /** The request is over, and its answer fetched or given up. */
  end(): void {
    this.#isOver = true;
    held -= this.#held;
    this.#held = 0;
  }
}
