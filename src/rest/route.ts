import type { GraphQLInputType } from 'graphql';
import type { ApiError, ErrorCode } from '../errors.ts';
import type { JsonObject } from '../http/json-object.ts';
import type { Envelope } from './envelope.ts';
import type { JsonSchema, Schemas } from './openapi/schemas.ts';

/** The prefix of the paths of all routes. */
export const basePath = '/api/crm';

/** Converts a parameter whose form differs from the schema's. */
export interface ParameterReader {
  /** The variables that `read` sets. */
  sets: readonly string[];
  /**
   * Returns variables by name. `type` is that of the variable with the parameter's name, `nullable` has the fields whose
   * value null removes. Throws VALIDATION_ERROR.
   */
  read: (
    value: unknown,
    type: GraphQLInputType | undefined,
    nullable: ReadonlySet<string>,
  ) => JsonObject;
  /** True where the fields inside of the parameter have REST names too. */
  hasRestNames?: true;
  /** The form of the parameter; without a description, that of the first variable is taken. */
  describe: (schemas: Schemas, type: GraphQLInputType | undefined) => JsonSchema;
  /** Rewrites the message of graphql-js about one of the variables; undefined keeps the default wording. */
  toError?: (message: string) => ApiError | undefined;
}

/** A parameter that is no variable: it chooses how a file is read or written. */
export interface FileOption {
  description: string;
  /** All of its values; undefined for any text. */
  choices?: readonly string[];
}

/** An endpoint whose body is a file of items. It is read or written in parts, each by a run of the operation. */
export interface FileRoute {
  kind: 'export' | 'import';
  description: string;
  /** The media types of the file. */
  types: readonly string[];
  /** The variables of the operation that are set for each part. */
  sets: readonly string[];
  /** By parameter, which is in the URL. */
  options: Readonly<Record<string, FileOption>>;
}

/**
 * A documented endpoint. The variables of its operation have the names of the documented parameters, and the aliases
 * have the names of the response. The root field `data` goes into the envelope; if it is null, the response is `notFound`.
 */
export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Without the base path; `:name` sets the variable of that name. */
  path: string;
  envelope: Envelope;
  /** The status of success, if not 200. */
  status?: 201;
  /** A GraphQL document with one operation. */
  operation: string;
  notFound?: { code: ErrorCode; message: (variables: JsonObject) => string };
  /** By parameter; all others are passed on unchanged. */
  readers?: Readonly<Record<string, ParameterReader>>;
  /** True for the lists of a board: their ETag depends on the board's revision. */
  hasBoardEtag?: true;
  /** The only field of `data` that goes into the envelope. */
  pick?: string;
  /** True where an object that was fetched can be sent back whole: its fields that are no parameters are ignored. */
  ignoresReadOnly?: true;
  file?: FileRoute;
}
