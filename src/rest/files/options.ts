import { invalid } from '../../errors.ts';
import type { JsonObject } from '../../http/json-object.ts';
import { mustBeOneOf } from '../../limits/nearest-name.ts';
import type { Endpoint } from '../endpoint.ts';

const trueOrFalse = ['true', 'false'];

/** Throws VALIDATION_ERROR for a value that an option does not have, and for a delimiter that is no character. */
export function checkOptions({ route, variableTypes }: Endpoint, parameters: JsonObject): void {
  for (const [name, value] of Object.entries(parameters)) {
    const isBoolean = variableTypes.get(name)?.toString() === 'Boolean';
    const choices = isBoolean ? trueOrFalse : route.file?.options[name]?.choices;
    if (choices !== undefined && value !== '' && !choices.includes(String(value)))
      throw invalid(name, mustBeOneOf(choices, value));
  }
  const { delimiter } = parameters;
  if (delimiter !== undefined && !/^[^"\r\n]?$/.test(String(delimiter)))
    throw invalid('delimiter', 'must be one character, and no quote or line break');
}

/** An option; undefined where it is absent or empty. */
export const optionOf = (parameters: JsonObject, name: string): string | undefined => {
  const value = parameters[name];
  return value === undefined || value === '' ? undefined : String(value);
};
