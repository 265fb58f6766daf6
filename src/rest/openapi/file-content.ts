import type { JsonObject } from '../../http/json-object.ts';
import type { FileRoute } from '../route.ts';
import { type JsonSchema, objectOf } from './schemas.ts';

/** The content of a file, by its media types, with an example of each that has one. */
export const fileContent = (
  { types }: FileRoute,
  examples: Readonly<Record<string, string>> = {},
): JsonObject =>
  Object.fromEntries(
    types.map((type) => {
      const example = examples[type];
      return [type, { schema: { type: 'string' }, ...(example !== undefined && { example }) }];
    }),
  );

const count = (description: string): JsonSchema => ({ type: 'integer', description });
const text: JsonSchema = { type: 'string' };

/** The response of an import. */
export const importReport: JsonSchema = objectOf({
  success: { type: 'boolean', const: true },
  data: objectOf({
    rows: count('The rows of the file.'),
    created: count('The items that were created.'),
    updated: count('The items that were changed.'),
    unchanged: count('The rows whose items had all of the values already.'),
    failed: count('The rows that were refused.'),
    errors: {
      type: 'array',
      description: 'The first 1,000 rows that were refused.',
      items: objectOf({
        line: count('The line of the file on which the row begins.'),
        code: { type: 'string', description: 'The code, for programs.' },
        message: { type: 'string', description: 'The message, for people.' },
      }),
    },
    mapping: {
      type: 'object',
      description: 'What each column of the file has set.',
      additionalProperties: { type: 'array', items: text },
    },
  }),
});
