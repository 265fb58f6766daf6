import { invalid } from '../errors.ts';
import { isJsonObject, type JsonObject } from '../http/json-object.ts';
import { unknownNameError } from './did-you-mean.ts';
import type { Endpoint } from './endpoint.ts';

/** The parameters in a request's body. Throws VALIDATION_ERROR for an unknown key. Ignores the read-only fields of an item. */
export function pickParameters(
  { parameters, readOnlyFields }: Endpoint,
  body: unknown,
): JsonObject {
  if (!isJsonObject(body)) throw invalid('body', 'must be a JSON object');
  // A fetched item that is sent back whole must not be moved to the position that it had when it was fetched.
  const isWholeItem = ['id', 'created_at', 'updated_at'].every(
    (key) => key in body && readOnlyFields.has(key),
  );
  const values: [string, unknown][] = [];
  for (const [key, value] of Object.entries(body)) {
    if (readOnlyFields.has(key) || (isWholeItem && key === 'position')) continue;
    if (!parameters.has(key)) throw unknownNameError(key, parameters);
    values.push([key, value]);
  }
  return Object.fromEntries(values);
}
