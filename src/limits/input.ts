import { invalid } from '../errors.ts';

/** PostgreSQL stores all text except NUL characters and lone surrogates. */
export const isStorableText = (text: string): boolean =>
  !text.includes('\0') && text.isWellFormed();

/** Why such a text is refused: follows the name of the input. */
export const unstorableReason =
  'contains a NUL character or a lone surrogate, which cannot be stored';

/** False for a whole number beyond 2^53, whose last digits JavaScript may have changed, and for 1e400. */
export const isExact = (value: number): boolean =>
  Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value));

/** Why such a number is refused: follows the name of the input. */
export const inexactReason = 'has a number that would lose digits; send it as a string';

/** Deeper than any input of the schema, and shallow enough for recursion. */
const maxDepth = 100;

/** Objects and their fields: many times a batch of 500 items, and checked within milliseconds. */
const maxNodes = 50_000;
/** Elements of all lists: more than a batch of 500 items with 50 labels each has, and checked, coerced and sent within 150 ms. */
const maxElements = 60_000;
/** Objects of one list: each is checked against its type. */
const maxObjects = 5000;

/**
 * Throws VALIDATION_ERROR for input that is too deep or too large, or that has a number that has lost digits, or text that
 * cannot be stored, in values or keys.
 */
export function checkInput(name: string, value: unknown): void {
  let nodes = 0;
  let elements = 0;
  const check = (node: unknown, depth: number): void => {
    if (typeof node === 'string' && !isStorableText(node)) throw invalid(name, unstorableReason);
    if (typeof node === 'number' && !isExact(node)) throw invalid(name, inexactReason);
    if (typeof node !== 'object' || node === null) return;
    if (depth > maxDepth)
      throw invalid(name, `is nested too deeply: the limit is ${maxDepth} levels`);
    if (Array.isArray(node)) {
      if (node.length > maxObjects && typeof node[0] === 'object')
        throw invalid(name, `has a list of ${node.length} objects; the limit is ${maxObjects}`);
      elements += node.length;
      if (elements > maxElements)
        throw invalid(name, `has ${elements} or more list elements; the limit is ${maxElements}`);
      for (const child of node) check(child, depth + 1);
      return;
    }
    const entries = Object.entries(node);
    nodes += 1 + entries.length;
    if (nodes > maxNodes)
      throw invalid(name, `has ${nodes} or more objects and fields; the limit is ${maxNodes}`);
    for (const [key, child] of entries) {
      if (!isStorableText(key)) throw invalid(name, unstorableReason);
      check(child, depth + 1);
    }
  };
  check(value, 0);
}
