import type { JsonObject } from '../http/json-object.ts';

/** The result of a tool, whose list is shortened where it is too large. */
export interface Answer {
  content: JsonObject;
  /** The name of the list in `content`. */
  list?: string;
  /** The cursor of each row of the list: that of the last one that is kept becomes `next_cursor`. */
  cursors?: readonly string[];
}

/** Bytes of an answer: more would fill the context of a model. */
export const maxBytes = 20_000;

/** Characters of the texts of an answer that is too large without a list: the first that make it fit. */
const textLengths = [2000, 500, 100, 20];

/** Bytes as JSON. */
export const sizeOf = (content: unknown): number => Buffer.byteLength(JSON.stringify(content));

/** The rows of the list. */
export const rowsOf = ({ content, list = '' }: Answer): readonly unknown[] =>
  Array.isArray(content[list]) ? (content[list] as unknown[]) : [];

/** The number of rows that fit into so many bytes, at least one of those that there are. Later rows cost nothing. */
function countFitting(rows: readonly unknown[], bytes: number): number {
  let size = 0;
  for (const [n, row] of rows.entries()) {
    size += sizeOf(row) + 1;
    if (size > bytes) return Math.max(1, n);
  }
  return rows.length;
}

/** The content, with as many rows and as long texts as fit. */
export function fitAnswer(answer: Answer): JsonObject {
  const { content, list = '', cursors } = answer;
  const rows = rowsOf(answer);
  const withRows = (count: number): JsonObject => ({
    ...content,
    ...(rows.length > 0 && { [list]: rows.slice(0, count) }),
    ...(count < rows.length && cursors !== undefined && { next_cursor: cursors[count - 1] }),
    ...(count < rows.length && cursors === undefined && { left_out: rows.length - count }),
  });
  let kept = countFitting(rows, maxBytes - sizeOf(withRows(0)));
  while (kept > 1 && sizeOf(withRows(kept)) > maxBytes) kept -= 1;
  const shortened = withRows(kept);
  for (const length of [Number.POSITIVE_INFINITY, ...textLengths]) {
    const fitting = withTexts(shortened, length) as JsonObject;
    if (sizeOf(fitting) <= maxBytes) return fitting;
  }
  return { error: 'The answer is too large: ask for fewer fields.' };
}

/** The value with its texts cut to a length. */
function withTexts(value: unknown, length: number): unknown {
  if (typeof value === 'string')
    return value.length <= length
      ? value
      : `${value.slice(0, length).toWellFormed()}… (${value.length} characters)`;
  if (Array.isArray(value)) return value.map((part) => withTexts(part, length));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, withTexts(part, length)]),
  );
}
