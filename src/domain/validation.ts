import { ApiError, invalid } from '../errors.ts';
import { foldedName } from '../sql/fold.ts';
import { checkedOperand } from '../sql/operand.ts';

/** True for a text in which nothing can be seen. */
export const isBlank = (text: string): boolean => foldedName(text) === '';

/** Checks a text that people read: not empty, and at most `max` characters. Undefined passes. Throws VALIDATION_ERROR. */
export function checkText(
  field: string,
  text: string | null | undefined,
  { max, mayBeEmpty = false }: { max: number; mayBeEmpty?: boolean },
): void {
  if (text === undefined) return;
  if (text === null) throw invalid(field, 'must not be null; leave it out to keep it');
  checkedOperand(field, text, max);
  if (!mayBeEmpty && isBlank(text)) throw invalid(field, 'must not be empty');
}

/** Several checks of one object, of which all errors are reported. */
export class Checks {
  readonly #errors: ApiError[] = [];

  /** Returns the result of a check; undefined where it throws an ApiError. */
  run<Result>(check: () => Result): Result | undefined {
    try {
      return check();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#errors.push(error);
      return undefined;
    }
  }

  /** Throws the error of the check that has failed, or one for all of them. */
  end(): void {
    const error = joinErrors(this.#errors);
    if (error !== undefined) throw error;
  }
}

/** One error with the code of the first, and the messages and details of all; undefined for none. */
export function joinErrors(errors: readonly ApiError[]): ApiError | undefined {
  const [first, ...others] = errors;
  if (first === undefined || others.length === 0) return first;
  return new ApiError(
    first.code,
    errors.map(({ message }) => message).join('; '),
    errors.flatMap(({ details }) => details),
  );
}

/** The path of a null within a part of a filter; undefined for none. Lists have up to 60,000 elements. */
function pathOfNull(part: unknown): string | undefined {
  if (part === null) return '';
  if (typeof part !== 'object') return undefined;
  for (const name in part) {
    const path = pathOfNull(part[name as keyof typeof part]);
    if (path !== undefined) return `.${name}${path}`;
  }
  return undefined;
}

/**
 * Throws VALIDATION_ERROR for a null at any place of a filter, whose path is `field`. Read as no condition, it would widen
 * the filter to everything. Undefined is no condition.
 */
export function checkNoNull(field: string, filter: unknown): void {
  const path = pathOfNull(filter);
  if (path !== undefined)
    throw invalid(
      field + path,
      'must not be null: leave it out for no condition, or use exists: false for what is missing',
    );
}

/** The fields of an object that are neither undefined nor null. */
export function withoutNulls<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const entries = Object.entries(fields).filter(([, value]) => value != null);
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> };
}

/** True if a row has all these values already. */
export const isUnchanged = (row: object, data: object): boolean =>
  Object.entries(data).every(([key, value]) => row[key as keyof typeof row] === value);
