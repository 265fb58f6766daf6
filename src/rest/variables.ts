import {
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  getVariableValues,
  isEnumType,
  isListType,
} from 'graphql';
import { invalid } from '../errors.ts';
import type { JsonObject } from '../http/json-object.ts';
import { checkInput } from '../limits/input.ts';
import { isAbsent } from './absent.ts';
import type { Endpoint } from './endpoint.ts';
import { maxReportedErrors, mergeErrors } from './merge-errors.ts';
import { toParameterError } from './parameter-error.ts';
import { readEnum } from './readers/input-object.ts';

/** The variables of an operation. */
export interface Variables {
  /** As sent. */
  raw: JsonObject;
  /** With defaults, and converted by the scalars. */
  coerced: JsonObject;
}

/** Converts the parameters of a request. Throws VALIDATION_ERROR, with the names of the invalid parameters. */
export function toVariables(
  endpoint: Endpoint,
  parameters: JsonObject,
  schema: GraphQLSchema,
): Variables {
  const raw = readParameters(endpoint, parameters);
  const { coerced, errors } = getVariableValues(schema, endpoint.variableDefinitions, raw, {
    maxErrors: maxReportedErrors,
  });
  if (coerced !== undefined) return { raw, coerced };
  // After the maximum, graphql-js adds one more error: that it has stopped.
  const reported = errors
    .slice(0, maxReportedErrors)
    .map((error) => toParameterError(endpoint, error, raw));
  throw mergeErrors(reported);
}

function readParameters(endpoint: Endpoint, parameters: JsonObject): JsonObject {
  const { readers = {} } = endpoint.route;
  const raw: Record<string, unknown> = {};
  const plain: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(parameters)) {
    checkInput(name, value);
    const { required, nullableFields } = endpoint;
    if (isAbsent(name, value, nullableFields) && !required.has(name)) continue;
    const type = endpoint.variableTypes.get(name);
    const reader = readers[name];
    if (reader === undefined) plain[name] = readParameter(type, name, value);
    else Object.assign(raw, reader.read(value, type, nullableFields));
  }
  // A reader may set the default of another parameter.
  return Object.assign(raw, plain);
}

/** In REST, enum values are in lower case, and a page has rows. */
function readParameter(type: GraphQLInputType | undefined, name: string, value: unknown): unknown {
  if (name === 'limit' && Number(value) < 1) throw invalid(name, 'must be 1 or more');
  const namedType = type && getNamedType(type);
  const isList = isListType(type && getNullableType(type));
  return isList && Array.isArray(value) && isEnumType(namedType)
    ? value.map((element) => readEnum(namedType, name, element))
    : readEnum(namedType, name, value);
}
