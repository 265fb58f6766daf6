import { getNullableType } from 'graphql';
import { invalid } from '../errors.ts';
import type { JsonObject } from '../http/json-object.ts';
import { nearestName, unknownNameError } from './did-you-mean.ts';
import type { Endpoint } from './endpoint.ts';

/**
 * The parameters in a query string. Text becomes a number where the variable is an Int. Throws VALIDATION_ERROR for a
 * parameter of another endpoint (`allParameters`), a misspelled one and one that is given twice; ignores other names,
 * since proxies and browsers add some.
 */
export function readQuery(
  { parameters, variableTypes }: Endpoint,
  query: URLSearchParams,
  allParameters: ReadonlySet<string>,
): JsonObject {
  const values: Record<string, unknown> = {};
  for (const [name, text] of query) {
    if (!parameters.has(name)) {
      if (allParameters.has(name) || nearestName(name, parameters))
        throw unknownNameError(name, parameters);
      continue;
    }
    if (name in values) throw invalid(name, 'must not be given twice');
    const type = getNullableType(variableTypes.get(name))?.toString();
    if (text === '' && type === 'ID') continue;
    values[name] = type === 'Int' && /^-?\d{1,15}$/.test(text) ? Number(text) : text;
  }
  return values;
}
