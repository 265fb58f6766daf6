import { ApiError } from '../errors.ts';
import type { ResponseMemory } from './response-memory.ts';

/** More than any screen shows; exports read page by page. */
const maxRows = 30_000;

/** The cost of a count, in rows. */
const countCost = 50;

const mebi = 1024 * 1024;
/** Characters of rows that one request may read. */
const maxCharacters = 6 * mebi;
/** A request that has read fewer characters is not counted in the response memory. */
const minReserved = mebi / 4;

const tooLarge = (message: string): ApiError =>
  new ApiError(
    'QUERY_TOO_LARGE',
    `${message} Ask for smaller pages (first), or for fewer lists inside lists.`,
  );

/**
 * The cost of one request's query: the rows of its lists, and the characters read for them. Lists inside lists multiply,
 * so a short query could ask for more than fits into memory.
 */
export class QueryCost {
  readonly #memory: ResponseMemory;
  #rowsLeft = maxRows;
  #characters = 0;
  #reserved = 0;
  #isReleased = false;

  constructor(memory: ResponseMemory) {
    this.#memory = memory;
  }

  /** Reserves the most rows that a page can have, before it is read. Throws QUERY_TOO_LARGE. */
  reserveRows(rows: number): void {
    this.#rowsLeft -= rows;
    if (this.#rowsLeft < 0) throw tooLarge(`The response would have more than ${maxRows} rows.`);
  }

  /** Releases rows that were reserved and do not exist. */
  releaseRows(rows: number): void {
    this.#rowsLeft += rows;
  }

  reserveCount(): void {
    this.reserveRows(countCost);
  }

  /** Releases all rows, for a query that is executed a second time. */
  resetRows(): void {
    this.#rowsLeft = maxRows;
  }

  /** Throws QUERY_TOO_LARGE, or SERVICE_UNAVAILABLE where all responses together hold too much. */
  addCharacters(characters: number): void {
    this.#characters += characters;
    if (this.#characters > maxCharacters)
      throw tooLarge(
        `The response would be over ${maxCharacters / mebi} MiB, for its items are large.`,
      );
    if (this.#characters < minReserved || this.#isReleased) return;
    const unreserved = this.#characters - this.#reserved;
    this.#reserved = this.#characters;
    this.#memory.reserve(unreserved);
  }

  /** Releases the response memory, once the client has fetched the response or closed the connection. */
  release(): void {
    this.#isReleased = true;
    this.#memory.release(this.#reserved);
    this.#reserved = 0;
  }
}
