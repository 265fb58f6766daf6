import type { Logger } from 'pino';
import type { RequestLike } from '../request/request-like.ts';
import type { RequestRecord } from '../request/request-record.ts';

/** A request whose response has been sent, or whose client has left. */
export interface EndedRequest {
  request: RequestLike;
  response: object;
  requestId: string;
  record: RequestRecord;
  status: number;
  milliseconds: number;
  /** Bytes of the response, with its head. */
  bytes: number;
  /** True where the client closed the connection before the end of the response. */
  isAborted: boolean;
}

/** Called at the end of each request. */
export type RequestObserver = (ended: EndedRequest) => void;

/** Probes ask every few seconds. */
const quietPaths = new Set(['/health', '/ready']);

/** The path without its query, which may have texts of items, or a key. The host may be invalid. */
const pathOf = ({ url }: RequestLike): string =>
  (/^https?:\/\/[^/]*([^?#]*)/.exec(url)?.[1] ?? '').slice(0, 200);

/** The trace id of a `traceparent` header (https://www.w3.org/TR/trace-context/). */
const traceIdOf = ({ headers }: RequestLike): string | undefined =>
  /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}/.exec(headers.get('traceparent') ?? '')?.[1];

/** A tenth of a millisecond. */
const round = (milliseconds: number): number => Math.round(milliseconds * 10) / 10;

/**
 * Logs one line for each request: at `info`, as a warning where it took `slowRequest` milliseconds or longer, at `debug` for
 * probes. It has no key, no token and no value of an item.
 */
export const createRequestLog =
  (log: Logger, slowRequest: number): RequestObserver =>
  ({ request, requestId, record, status, milliseconds, bytes, isAborted }) => {
    const { api, operation, operationName, caller, address, code, statements, isLong } = record;
    const isQuiet = operation === undefined && quietPaths.has(pathOf(request));
    const level = isQuiet ? 'debug' : 'info';
    const isSlow = milliseconds >= slowRequest && !isLong && !isQuiet;
    if (!log.isLevelEnabled(isSlow ? 'warn' : level)) return;
    const { slowest } = statements;
    const line = {
      requestId,
      traceId: traceIdOf(request),
      api,
      operation: operation ?? `${request.method} ${pathOf(request)}`,
      operationName,
      workspace: caller?.workspaceId,
      key: caller?.tokenExpiresAt === null ? caller.keyId : undefined,
      agent: caller?.agentId,
      status,
      code,
      reason: code === 'SERVICE_UNAVAILABLE' ? statements.unavailability : undefined,
      ms: round(milliseconds),
      statements: statements.count,
      sqlMs: round(statements.milliseconds),
      waitMs: round(statements.waited),
      bytes,
      address,
      aborted: isAborted || undefined,
    };
    if (!isSlow) return log[level](line, 'request');
    const sql = slowest && { ms: round(slowest.milliseconds), text: slowest.text.slice(0, 2000) };
    log.warn({ ...line, rows: statements.rows, slowest: sql }, 'slow request');
  };
