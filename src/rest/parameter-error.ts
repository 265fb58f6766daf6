import {
  type GraphQLError,
  type GraphQLInputType,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isListType,
} from 'graphql';
import { type ApiError, invalid } from '../errors.ts';
import type { JsonObject } from '../http/json-object.ts';
import type { Endpoint } from './endpoint.ts';

/** An error of graphql-js about a variable, as an error about the parameter that set it. */
export function toParameterError(
  { route, variableTypes, parameterNames }: Endpoint,
  { message, originalError }: GraphQLError,
  raw: JsonObject,
): ApiError {
  const variable = /^Variable "\$(\w+)"/.exec(message)?.[1];
  // The only error without a variable is a stack overflow, which graphql-js catches.
  if (variable === undefined) return invalid('body', 'is nested too deeply');
  const name = parameterNames.get(variable) ?? variable;
  if (!(variable in raw)) return invalid(name, 'is required');
  const readerError = route.readers?.[name]?.toError?.(message);
  if (readerError !== undefined) return readerError;
  const reason = originalError?.message ?? '';
  if (reason.startsWith('must ')) return invalid(name, reason);
  const type = variableTypes.get(variable);
  if (isInputObjectType(getNullableType(type))) {
    const { path, reason: fallback } = parseMessage(message);
    return invalid(path ?? name, `is not valid: ${reason || fallback || 'it must be an object'}`);
  }
  return invalid(name, `must be ${describeType(type)}`);
}

/** Reads `Variable "$filter" got invalid value 5 at "filter.or[1].title"; Expected …`; `path` is `filter.or.1.title`. */
export function parseMessage(message: string): { path?: string | undefined; reason: string } {
  const [, path, reason = ''] = / at "([^"]+)"; (.*)$/s.exec(message) ?? [];
  return { path: path?.replace(/\[(\d+)\]/g, '.$1'), reason };
}

/** A type in words, for `must be …`. */
export function describeType(type: GraphQLInputType | undefined): string {
  const nullableType = type && getNullableType(type);
  if (isListType(nullableType)) return `a list of ${wordsOf(getNamedType(nullableType).name).many}`;
  return wordsOf(nullableType?.toString()).one;
}

const words: Readonly<Record<string, { one: string; many: string }>> = {
  Int: { one: 'a whole number', many: 'whole numbers' },
  Float: { one: 'a number', many: 'numbers' },
  Boolean: { one: 'true or false', many: 'true or false' },
};

/** A scalar of the schema in words; a text by default. */
export const wordsOf = (scalar = ''): { one: string; many: string } =>
  words[scalar] ?? { one: 'a string', many: 'strings' };
