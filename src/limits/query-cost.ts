import { ApiError } from '../errors.ts';
import type { Reservation } from './in-flight.ts';

/** More than any screen shows; exports read page by page. */
const maxRows = 30_000;

/** The cost of a count, in rows. */
const countCost = 50;

const mebi = 1024 * 1024;
/** Characters of rows that one request may read. */
const maxCharacters = 6 * mebi;
/** Bytes of memory per character: in the rows, and again in the response. */
const bytesPerCharacter = 3;

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
  readonly #reservation: Reservation;
  #rowsLeft = maxRows;
  #characters = 0;

  constructor(reservation: Reservation) {
    this.#reservation = reservation;
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
    this.#reservation.grow(characters * bytesPerCharacter);
  }
}
