import type { Caller } from '../auth/api-keys.ts';
import type { ErrorCode } from '../errors.ts';
import { StatementStats } from '../postgres/statement-stats.ts';

/** The facts about one request for the log and the metrics, without keys, tokens and values of items. */
export class RequestRecord {
  api: 'rest' | 'graphql' | undefined;
  /** One of a few hundred: `GET /boards/:id`, or `query boards`, after the first field. */
  operation: string | undefined;
  /** The name that the client gives a GraphQL operation. */
  operationName: string | undefined;
  caller: Caller | undefined;
  address: string | undefined;
  /** The first error of the response. */
  code: ErrorCode | undefined;
  isStream = false;
  /** True for a stream, and for a request that waits for changes: it is not slow. */
  isLong = false;
  readonly statements = new StatementStats();
}
