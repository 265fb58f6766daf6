import type { ExecutionResult } from 'graphql';
import type { Caller } from '../auth/api-keys.ts';
import { ApiError, invalid } from '../errors.ts';
import type { JsonObject } from '../http/json-object.ts';
import { toErrorPayload } from '../mask-error.ts';
import type { RequestLike } from '../request/request-like.ts';
import { changeRows } from './envelope.ts';
import { inputSchema } from './openapi/input-schema.ts';
import type { JsonSchema } from './openapi/schemas.ts';
import type { ParameterReader } from './route.ts';

/** Milliseconds until a key expires that may be in a URL. */
const maxUrlKeyAge = 86_400_000;
/** Milliseconds between two comments that keep the connection alive. */
const heartbeat = 15_000;
/** Milliseconds after which a browser connects again: normally, and where the server closes its connections. */
const retry = { normal: 1000, ended: 3000 };

/**
 * Removes `access_token` from a query and returns it: the key of a browser's EventSource, which cannot send headers
 * (RFC 6750, section 2.3). Undefined where there is none. Throws VALIDATION_ERROR where there are several.
 */
export function takeAccessToken(query: URLSearchParams): string | undefined {
  const [token, ...others] = query.getAll('access_token');
  if (others.length > 0) throw invalid('access_token', 'must be given once');
  query.delete('access_token');
  return token;
}

/** Throws FORBIDDEN for the key or token of a URL, which logs and histories may keep, unless it expires soon. */
export function checkExpiresSoon({ tokenExpiresAt, keyExpiresAt }: Caller): void {
  const expiresAt = tokenExpiresAt ?? keyExpiresAt;
  if (expiresAt === null || expiresAt.getTime() - Date.now() > maxUrlKeyAge)
    throw new ApiError(
      'FORBIDDEN',
      'A key in a URL must expire within 24 hours. Create one for this, or send the key in a header.',
    );
}

/** Where a browser connects again, its `Last-Event-ID` replaces the cursor of the URL. Some send an empty one at first. */
export function applyLastEventId({ headers }: RequestLike, parameters: JsonObject): JsonObject {
  const after = headers.get('last-event-id');
  return after ? { ...parameters, after } : parameters;
}

/** The parameter `filter` of a stream: JSON, as in the body of a search. */
export function readFilter(text: unknown): JsonObject {
  try {
    return { filter: JSON.parse(String(text)) };
  } catch {
    throw invalid('filter', 'must be JSON, like {"columnId":{"eq":"col_001"}}');
  }
}

/** The form of the parameter `filter`: JSON in the URL. */
export const describeFilter: ParameterReader['describe'] = (schemas, type) => ({
  type: 'string',
  contentMediaType: 'application/json',
  contentSchema: type && inputSchema(type, schemas),
});

/** The form of the parameter `revision`. */
export const describeRevision = (): JsonSchema => ({
  description:
    'The revision of the board that the stream begins after, where there is no cursor yet.',
  type: 'integer',
  minimum: 0,
});

/** The parameter `revision` of a stream of one board. */
export function readRevision(text: unknown): JsonObject {
  if (!/^\d{1,15}$/.test(String(text)))
    throw invalid('revision', `must be a revision of the board, not ${text}`);
  return { revisions: [Number(text)] };
}

/** True for a stream whose first event has no changes, and the cursor of the start. */
export const beginsNow = ({ after, revisions }: JsonObject): boolean =>
  (after == null || after === 'now') && revisions == null;

interface ChangePage {
  rows: unknown;
  cursor: string;
}

/** A page of changes as an event, whose id is its cursor; or the error that ends the stream. */
function eventOf({ data, errors }: ExecutionResult): string {
  if (errors?.[0]) {
    const { code, message } = toErrorPayload(errors[0]);
    return `event: end\nretry: ${retry.ended}\ndata: ${JSON.stringify({ code, message })}\n\n`;
  }
  const { rows, cursor } = data?.data as ChangePage;
  const changes = changeRows(rows);
  // An id alone is no event: a browser keeps it for when it connects again.
  return `id: ${cursor}\n${changes.length > 0 ? `data: ${JSON.stringify(changes)}\n` : ''}\n`;
}

/** The result, or undefined where it takes longer than the time between two heartbeats. */
async function inTime<Result>(result: Promise<Result>): Promise<Result | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, heartbeat, undefined).unref();
  });
  try {
    return await Promise.race([result, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The text of a stream of server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). The first part
 * of one that begins now holds the cursor of the start: whoever sees the stream open can resume it.
 */
export async function* eventStream(
  results: AsyncIterator<ExecutionResult>,
  { beginsNow }: { beginsNow: boolean },
): AsyncGenerator<string> {
  let opening = `retry: ${retry.normal}\n\n`;
  try {
    if (!beginsNow) {
      yield opening;
      opening = '';
    }
    let next = results.next();
    for (;;) {
      const result = await inTime(next);
      if (result === undefined) {
        yield ':\n\n';
        continue;
      }
      if (result.done) return;
      yield opening + eventOf(result.value);
      opening = '';
      if (result.value.errors) return;
      next = results.next();
    }
  } finally {
    await results.return?.();
  }
}
