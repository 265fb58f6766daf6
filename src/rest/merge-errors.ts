import { ApiError } from '../errors.ts';

/** A response reports this many errors at most. */
export const maxReportedErrors = 50;

/** One error with the code and message of the first, and the details of all without duplicates. */
export function mergeErrors(errors: readonly ApiError[]): ApiError {
  const [first] = errors;
  if (first === undefined) throw new Error('no errors to merge');
  const details = errors.flatMap((error) => error.details);
  const distinct = new Map(details.map((detail) => [JSON.stringify(detail), detail]));
  return new ApiError(first.code, first.message, [...distinct.values()]);
}
