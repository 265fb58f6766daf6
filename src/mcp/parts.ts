import type { JsonObject } from '../http/json-object.ts';
import { maxPageSize } from '../limits/page-size.ts';
import type { Variables } from '../rest/variables.ts';
import { type Answer, maxBytes, rowsOf, sizeOf } from './answer.ts';
import { defaultRows } from './tool.ts';

/** Rows that are read first of more than the default: a few, since large ones cost more than a further read of small ones. */
const firstPart = 2;
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
  // The read refuses a limit that is too large.
  if (typeof limit !== 'number' || limit <= defaultRows || limit > maxPageSize)
    return read(variables);
  let answer = await read(withPage(variables, { limit: firstPart }));
  let isLast = rowsOf(answer).length < firstPart;
  for (let parts = 1; parts < maxParts && !isLast; parts += 1) {
    const rows = rowsOf(answer).length;
    const size = sizeOf(answer.content);
    const cursor = answer.content.next_cursor;
    if (cursor === undefined || rows === limit || size >= maxBytes) break;
    const fitting = Math.ceil((maxBytes - size) / (size / rows));
    const page = { cursor, limit: Math.min(limit - rows, fitting) };
    const next = await read(withPage(variables, page));
    answer = join(answer, next);
    // A log has a cursor after its last entry too.
    isLast = rowsOf(next).length < page.limit;
  }
  return answer;
}
