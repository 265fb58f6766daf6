import { ApiError } from '../errors.ts';

/** How many faults are told at once. */
export const maxErrors = 50;

/** Several faults as one: the message of the first, and the details of all, each once. */
export function mergeErrors(first: ApiError, all: readonly ApiError[]): ApiError {
  const details = all.flatMap((fault) => fault.details);
  const known = new Map(details.map((detail) => [JSON.stringify(detail), detail]));
  return new ApiError(first.code, first.message, [...known.values()]);
}
