import { ApiError } from '../errors.ts';

/** Characters of rows that all responses in progress may hold: two bytes each at most, in the rows and again in the response. */
const maxCharacters = 20 * 1024 * 1024;

/** The memory that the responses of one process hold, from the read of their rows until the client has fetched them. */
export class ResponseMemory {
  #held = 0;

  /** Throws SERVICE_UNAVAILABLE where all responses together hold too much. The amount stays reserved all the same. */
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
