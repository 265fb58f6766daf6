import type { GraphQLInputType } from 'graphql';
import type { ApiError, ErrorCode } from '../errors.ts';
import type { Envelope } from './envelope.ts';
import type { JsonObject } from './json-object.ts';

/** Below it lie the paths of all routes. */
export const basePath = '/api/crm';

/** Converts a parameter that the schema has in another form. */
export interface ParameterReader {
  /** The variables that `read` sets. */
  sets: readonly string[];
  /** Returns variables by name. `type` is that of the variable with the parameter's name. Throws VALIDATION_ERROR. */
  read: (value: unknown, type: GraphQLInputType | undefined) => JsonObject;
  /** Rewrites the message of graphql-js about one of the variables; undefined keeps the default wording. */
  toError?: (message: string) => ApiError | undefined;
}

/**
 * A documented endpoint. The variables of its operation have the names of the documented parameters, and the aliases
 * have the names of the response. The root field `data` is what the envelope holds; null means `notFound`.
 */
export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the base path; `:name` sets the variable of that name. */
  path: string;
  envelope: Envelope;
  /** The status of success, if not 200. */
  status?: 201;
  /** A GraphQL document with one operation. */
  operation: string;
  notFound?: { code: ErrorCode; message: (variables: JsonObject) => string };
  /** The parameters that are not passed on unchanged. */
  readers?: Readonly<Record<string, ParameterReader>>;
  /** True for lists on one board: their ETag changes with the board's revision. */
  hasBoardEtag?: true;
  /** The field of `data` that the envelope holds, if not all of `data`. */
  pick?: string;
}
