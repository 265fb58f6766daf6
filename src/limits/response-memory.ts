import { ApiError } from '../errors.ts';

/** Characters of rows that all responses in progress may hold. A character takes up to two bytes, in the rows and again in the response. */
const maxCharacters = 20 * 1024 * 1024;

/** The memory that the responses of one process hold, from the read of their rows until the client has fetched them. */
export class ResponseMemory {
  #held = 0;

  /** Throws SERVICE_UNAVAILABLE where the responses together hold too much; the amount stays reserved until released. */
  reserve(characters: number): void {
    this.#held += characters;
    if (this.#held > maxCharacters)
      throw new ApiError(
        'SERVICE_UNAVAILABLE',
        'The responses in progress are too large. Try again in a moment.',
      );
  }

  release(characters: number): void {
    this.#held -= characters;
  }
}
