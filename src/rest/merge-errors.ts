import { ApiError } from '../errors.ts';

/** How many faults are told at once. */
export const maxFaults = 50;

/** Several faults as one: the message of the first, and the details of all, each once. */
export function together(first: ApiError, all: readonly ApiError[]): ApiError {
  const details = all.flatMap((fault) => fault.details);
  const known = new Map(details.map((detail) => [JSON.stringify(detail), detail]));
  return new ApiError(first.code, first.message, [...known.values()]);
}
