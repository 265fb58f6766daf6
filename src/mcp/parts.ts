import type { JsonObject } from '../http/json-object.ts';
import type { Variables } from '../rest/variables.ts';
import { type Answer, maxBytes, rowsOf, sizeOf } from './answer.ts';

/** Rows that are read at once: the default of the tools. */
const smallPage = 20;
/** Rows of a larger page that are read first: a few, since large ones cost more than a further read of small ones. */
const firstPart = 2;
/** The read refuses larger limits. */
const maxLimit = 500;
/** Reads of one call at most. The model asks for what is left with `next_cursor`. */
const maxParts = 5;

const withPage = ({ raw, coerced }: Variables, page: JsonObject): Variables => ({
  raw: { ...raw, ...page },
  coerced: { ...coerced, ...page },
});

/** The rows of both parts, with what the first one has beside them, and the cursor of the second one. */
function join({ content, list = '', cursors = [] }: Answer, next: Answer): Answer {
  const { next_cursor: _, ...first } = content;
  return {
    content: {
      ...first,
      [list]: [...rowsOf({ content, list }), ...rowsOf(next)],
      ...(next.content.next_cursor !== undefined && { next_cursor: next.content.next_cursor }),
    },
    list,
    cursors: [...cursors, ...(next.cursors ?? [])],
  };
}

/**
 * Reads a list with cursors, of which an answer holds the first `maxBytes`: a few rows, and then as many more as still
 * fit by their size. A page of large items has megabytes.
 */
export async function readInParts(
  variables: Variables,
  read: (variables: Variables) => Promise<Answer>,
): Promise<Answer> {
  const { limit } = variables.coerced;
  if (typeof limit !== 'number' || limit <= smallPage || limit > maxLimit) return read(variables);
  let answer = await read(withPage(variables, { limit: firstPart }));
  for (let parts = 1; parts < maxParts; parts += 1) {
    const rows = rowsOf(answer).length;
    const size = sizeOf(answer.content);
    const cursor = answer.content.next_cursor;
    if (cursor === undefined || rows === 0 || rows === limit || size >= maxBytes) break;
    const fitting = Math.ceil((maxBytes - size) / (size / rows));
    const page = { cursor, limit: Math.min(limit - rows, fitting) };
    const next = await read(withPage(variables, page));
    // A log has a cursor after its last entry too.
    if (rowsOf(next).length === 0) break;
    answer = join(answer, next);
  }
  return answer;
}
