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
import { checkInput } from '../limits/input.ts';
import type { Endpoint } from './endpoint.ts';
import type { JsonObject } from './json-object.ts';
import { maxReportedErrors, mergeErrors } from './merge-errors.ts';
import { describeType, toParameterError } from './parameter-error.ts';

/** An operation's variables, as sent and with their defaults. */
export interface Variables {
  raw: JsonObject;
  coerced: JsonObject;
}

/** The operation's variables from the parameters of a request. Throws VALIDATION_ERROR, naming the parameters. */
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
  // graphql-js adds one more error, which says that it stopped at the maximum.
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

/** REST has enum values in lower case, and takes no single value for a list as GraphQL does. */
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
