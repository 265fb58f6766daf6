import { getNullableType } from 'graphql';
import { invalid } from '../errors.ts';
import { isJsonObject, type JsonObject } from '../http/json-object.ts';
import type { Endpoint } from './endpoint.ts';
import { unknownNameError } from './unknown-name.ts';

/** Proxies and browsers add parameters with such names, to get past caches. */
const isIgnored = (name: string): boolean => name.startsWith('_');

/**
 * The parameters in the query string of a GET. Text becomes a number where the variable is an Int. Throws
 * VALIDATION_ERROR for an unknown parameter and for one that is given twice.
 */
export function readQuery(
  { parameters, variableTypes }: Endpoint,
  query: URLSearchParams,
): JsonObject {
  const values: Record<string, unknown> = {};
  for (const [name, text] of query) {
    if (!parameters.has(name)) {
      if (isIgnored(name)) continue;
      throw unknownNameError(name, parameters);
    }
    if (name in values) throw invalid(name, 'must not be given twice');
    const type = getNullableType(variableTypes.get(name))?.toString();
    values[name] = type === 'Int' && /^-?\d{1,15}$/.test(text) ? Number(text) : text;
  }
  return values;
}

/** Throws VALIDATION_ERROR for a parameter in the URL of a request whose parameters are in its body. */
export function checkNoQuery({ parameters }: Endpoint, query: URLSearchParams): void {
  for (const name of query.keys()) {
    if (isIgnored(name)) continue;
    if (parameters.has(name)) throw invalid(name, 'must be in the body, not in the URL');
    throw unknownNameError(name, parameters);
  }
}

/**
 * The parameters in a body. Ignores the read-only fields of an object that may be sent back whole. Throws VALIDATION_ERROR
 * for any other key; `others` are parameters that were read before.
 */
export function readBodyParameters(
  { route, parameters, readOnlyFields }: Endpoint,
  body: unknown,
  others: readonly string[] = [],
): JsonObject {
  if (!isJsonObject(body)) throw invalid('body', 'must be a JSON object');
  // A fetched item that is sent back whole must not be moved to the position that it had when it was fetched.
  const isWholeItem = ['id', 'created_at', 'updated_at'].every(
    (key) => key in body && readOnlyFields.has(key),
  );
  const values: [string, unknown][] = [];
  for (const [key, value] of Object.entries(body)) {
    const isReadOnly = readOnlyFields.has(key);
    if (isReadOnly && !route.ignoresReadOnly)
      throw invalid(key, 'cannot be set by this request; leave it out');
    if (isReadOnly || (isWholeItem && key === 'position')) continue;
    if (!parameters.has(key)) throw unknownNameError(key, [...parameters, ...others]);
    values.push([key, value]);
  }
  return Object.fromEntries(values);
}
