import { ApiError } from '../errors.ts';
import type { Reservation } from './in-flight.ts';
import type { Limits } from './settings.ts';

/** The cost of a count, in rows. */
const countCost = 50;

const mebi = 1024 * 1024;
/** Characters of rows that one request may read. */
const maxCharacters = 6 * mebi;
/** Bytes of memory per character: in the rows, and again in the response. */
const bytesPerCharacter = 3;

/** A body is held as bytes, as text, as parsed JSON and as parameters of statements. */
export const bytesPerBodyByte = 6;

/** Bytes of memory of a read that waits for its turn: its statement, parameters and promises. */
const bytesPerRead = 8 * 1024;

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
  #reservation: Reservation;
  readonly #maxRows: number;
  #rows = 0;
  #characters = 0;

  constructor(reservation: Reservation, { maxRows }: Pick<Limits, 'maxRows'>) {
    this.#reservation = reservation;
    this.#maxRows = maxRows;
  }

  /**
   * Reserves the most rows that a page can have, and the memory of the read, before it is read. Throws QUERY_TOO_LARGE,
   * or SERVICE_UNAVAILABLE where all requests together hold too much.
   */
  reserveRows(rows: number): void {
    this.#rows += rows;
    if (this.#rows > this.#maxRows)
      throw tooLarge(
        `The response would have ${this.#rows} rows or more; the limit is ${this.#maxRows}.`,
      );
    this.#reservation.grow(bytesPerRead);
  }

  /** Releases rows that were reserved and do not exist. */
  releaseRows(rows: number): void {
    this.#rows -= rows;
  }

  reserveCount(): void {
    this.reserveRows(countCost);
  }

  /** Counts further reads in another reservation. */
  moveTo(reservation: Reservation): void {
    this.#reservation = reservation;
  }

  /** Releases all rows, for a query that is executed a second time. */
  resetRows(): void {
    this.#rows = 0;
  }

  /** Reserves the memory of a document that did not arrive in the body. Throws SERVICE_UNAVAILABLE. */
  reserveDocument(characters: number): void {
    this.#reservation.grow(characters * bytesPerBodyByte);
  }

  /** Throws QUERY_TOO_LARGE, or SERVICE_UNAVAILABLE where all responses together hold too much. */
  addCharacters(characters: number): void {
    this.#characters += characters;
    if (this.#characters > maxCharacters)
      throw tooLarge(
        `The rows have ${(this.#characters / mebi).toFixed(1)} Mi characters of text or more; the limit is ${maxCharacters / mebi} Mi.`,
      );
    this.#reservation.grow(characters * bytesPerCharacter);
  }
}
