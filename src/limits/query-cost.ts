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
/**
 * Characters of the data of one response: more than the result of a write may have. What a document selects several times
 * is written several times.
 */
const maxWritten = 9 * mebi;
const bytesPerWritten = 2;
/**
 * Fields of the objects of one response, about two microseconds each, and the bytes that each takes in a result of
 * graphql-js. Rows that PostgreSQL writes as JSON have none.
 */
const maxFieldsOfRequest = 60_000;
const bytesPerField = 32;
/**
 * Milliseconds that graphql-js takes for a field and for a row with its promises, and that a character of JSON takes to be
 * parsed or written.
 */
const timePerField = 0.002;
const timePerRow = 0.004;
const timePerCharacter = 5e-6;
/** Written characters and fields are counted one by one, and their memory is reserved in steps. */
const reservedStep = 64 * 1024;
const reservedFields = 8 * 1024;

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
  readonly #maxFields: number;
  #rows = 0;
  #characters = 0;
  #reservedCharacters = 0;
  #written = 0;
  #reservedWritten = 0;
  #fields = 0;
  #reservedFields = 0;

  /** `share` is the part of a request's rows and fields that this may have. */
  constructor(reservation: Reservation, { maxRows }: Pick<Limits, 'maxRows'>, share = 1) {
    this.#reservation = reservation;
    this.#maxRows = Math.floor(maxRows * share);
    this.#maxFields = maxFieldsOfRequest * share;
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

  /** Releases all rows and the response, for a further execution. What it reserved, the next one may use. */
  reset(): void {
    this.#rows = 0;
    this.#written = 0;
    this.#fields = 0;
  }

  /** The same for a further execution that reads anew. */
  restart(): void {
    this.reset();
    this.#characters = 0;
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
    const more = this.#characters - this.#reservedCharacters;
    if (more <= 0) return;
    this.#reservedCharacters += more;
    this.#reservation.grow(more * bytesPerCharacter);
  }

  /** Counts characters of the response. Throws QUERY_TOO_LARGE, or SERVICE_UNAVAILABLE as `addCharacters` does. */
  addWritten(characters: number): void {
    this.#written += characters;
    if (this.#written > maxWritten)
      throw tooLarge(
        `The response would have ${(this.#written / mebi).toFixed(1)} Mi characters or more; the limit is ${maxWritten / mebi} Mi.`,
      );
    // The characters that were read are reserved already.
    const more = this.#written - this.#characters - this.#reservedWritten;
    if (more < reservedStep) return;
    this.#reservedWritten += more;
    this.#reservation.grow(more * bytesPerWritten);
  }

  /** Estimated milliseconds for which the execution keeps the event loop busy. */
  get eventLoopTime(): number {
    return (
      this.#rows * timePerRow +
      this.#fields * timePerField +
      (this.#characters + this.#written) * timePerCharacter
    );
  }

  /** True once too many fields were resolved. */
  get hasTooManyFields(): boolean {
    return this.#fields > this.#maxFields;
  }

  checkFields(): void {
    if (this.hasTooManyFields)
      throw tooLarge(
        `The response would have more than ${this.#maxFields} fields, which is the limit.`,
      );
  }

  /** Counts fields of the response. Throws QUERY_TOO_LARGE, or SERVICE_UNAVAILABLE as `addCharacters` does. */
  addFields(count: number): void {
    this.#fields += count;
    this.checkFields();
    const more = this.#fields - this.#reservedFields;
    if (more < reservedFields) return;
    this.#reservedFields += more;
    this.#reservation.grow(more * bytesPerField);
  }
}
