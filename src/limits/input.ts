import { invalid } from '../errors.ts';

/** PostgreSQL stores all text except NUL characters and lone surrogates. */
export const isStorableText = (text: string): boolean =>
  !text.includes('\0') && text.isWellFormed();

export const unstorableReason =
  'contains a NUL character or a lone surrogate, which cannot be stored';

/** Deeper than any input of the schema, and shallow enough for recursion. */
const maxDepth = 100;

/** Objects and their fields: many times a batch of 500 items, and checked within milliseconds. */
const maxNodes = 50_000;
/** Objects of one list: each is checked against its type. */
const maxObjects = 5000;

/**
 * Throws VALIDATION_ERROR for input that is too deep or too large, or that has text that cannot be stored, in values or
 * keys.
 */
export function checkInput(name: string, value: unknown): void {
  let nodes = 0;
  const check = (node: unknown, depth: number): void => {
    if (typeof node === 'string' && !isStorableText(node)) throw invalid(name, unstorableReason);
    if (typeof node !== 'object' || node === null) return;
    if (depth > maxDepth) throw invalid(name, 'is nested too deeply');
    if (Array.isArray(node)) {
      if (node.length > maxObjects && typeof node[0] === 'object')
        throw invalid(name, `has a list of more than ${maxObjects} objects`);
      for (const child of node) check(child, depth + 1);
      return;
    }
    const entries = Object.entries(node);
    nodes += 1 + entries.length;
    if (nodes > maxNodes) throw invalid(name, `has more than ${maxNodes} objects and fields`);
    for (const [key, child] of entries) {
      if (!isStorableText(key)) throw invalid(name, unstorableReason);
      check(child, depth + 1);
    }
  };
  check(value, 0);
}
