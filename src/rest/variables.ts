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
import type { Endpoint } from './endpoint.ts';
import { maxReportedErrors, mergeErrors } from './merge-errors.ts';
import { describeType, toParameterError } from './parameter-error.ts';

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

function readParameters(
  { route, objectsWithDefault, variableTypes }: Endpoint,
  parameters: JsonObject,
): JsonObject {
  const raw: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(parameters)) {
    checkInput(name, value);
    const reader = route.readers?.[name];
    if (value === null && (reader !== undefined || objectsWithDefault.has(name))) continue;
    const type = variableTypes.get(name);
    if (reader !== undefined) Object.assign(raw, reader.read(value, type));
    else raw[name] = readParameter(type, name, value);
  }
  return raw;
}

/** In REST, enum values are in lower case, and a list must be a list, where GraphQL accepts a single value. */
function readParameter(type: GraphQLInputType | undefined, name: string, value: unknown): unknown {
  if (value === null) return value;
  if (isListType(getNullableType(type)) && !Array.isArray(value))
    throw invalid(name, `must be ${describeType(type)}`);
  const namedType = type && getNamedType(type);
  if (!isEnumType(namedType)) return value;
  const choices = namedType.getValues().map((choice) => choice.name.toLowerCase());
  if (typeof value === 'string' && choices.includes(value)) return value.toUpperCase();
  throw invalid(name, `must be one of ${choices.join(', ')}`);
}
