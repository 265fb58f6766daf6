import type { Envelope } from '../envelope.ts';
import { type JsonSchema, objectOf } from './schemas.ts';

/** The schema of an operation's data, and the same as a named schema. */
export interface DataSchema {
  properties: Readonly<Record<string, JsonSchema>>;
  /** The data, or its rows, as a named schema. */
  shared(schema: JsonSchema): JsonSchema;
  data: JsonSchema;
}

const success: JsonSchema = { type: 'boolean', const: true };
const count: JsonSchema = { type: 'integer', minimum: 0 };
const total = { ...count, description: 'The number of rows on all pages.' };

const nextCursor: JsonSchema = {
  type: ['string', 'null'],
  description: 'The `cursor` of the next page; null on the last page.',
};

/** The members of a page: lists without a cursor have no `page`. */
function pageOf({ properties, shared }: DataSchema) {
  const { items = {}, ...rows } = properties.rows ?? {};
  const data: JsonSchema = { ...rows, items: shared(items as JsonSchema) };
  return { data, cursor: properties.page && { next_cursor: nextCursor } };
}

/** The responses of the envelopes, by the schema of an operation's data. A test compares them with real responses. */
export const envelopeSchemas: Readonly<Record<Envelope, (data: DataSchema) => JsonSchema>> = {
  object: ({ data, shared }) => objectOf({ success, data: shared(data) }),
  list(schema) {
    const { data, cursor } = pageOf(schema);
    const pagination = objectOf({ total, limit: count, offset: count });
    return objectOf({ success, data, pagination, ...cursor });
  },
  search(schema) {
    const { data, cursor } = pageOf(schema);
    return objectOf({ success, data, total, limit: count, offset: count, ...cursor });
  },
  batch({ properties: { results, ...counts }, shared }) {
    const { items, ...list } = results ?? {};
    const { properties } = items as { properties: Record<string, JsonSchema> };
    const result = objectOf({ ...properties, error: batchError(properties.error) });
    return objectOf({
      success,
      data: objectOf({ ...counts, results: { ...list, items: shared(result) } }),
    });
  },
  changes({ properties, shared }) {
    const { items = {}, ...rows } = properties.rows ?? {};
    return objectOf({
      success,
      data: { ...rows, items: shared(withTransition(items as JsonSchema)) },
      next_cursor: {
        type: ['string', 'null'],
        description: 'The `after` of later changes, also at the end of the log.',
      },
      has_more: { type: 'boolean', description: 'False at the end of the log.' },
    });
  },
  webhook: (data) => withSecret(data, 'webhook', 'secret'),
  webhooks: (data) => envelopeSchemas.list(data),
  key: (data) => withSecret(data, 'apiKey', 'key'),
  keys: (data) => envelopeSchemas.list(data),
};

/** An object, or a written one: with the text that is shown only once, where there is one. */
function withSecret(
  { properties, data, shared }: DataSchema,
  objectName: string,
  secretName: string,
): JsonSchema {
  const { [objectName]: written, [secretName]: secret } = properties;
  if (written === undefined || secret === undefined)
    return objectOf({ success, data: shared(written ?? data) });
  const members = written.properties as Record<string, JsonSchema>;
  return objectOf({ success, data: objectOf({ ...members, [secretName]: secret }) });
}

/** The error of one operation: data for programs is beside the code. */
function batchError(error: JsonSchema = {}): JsonSchema {
  const { context: _, ...properties } = error.properties as Record<string, JsonSchema>;
  return {
    ...error,
    ...objectOf(properties),
    type: ['object', 'null'],
    additionalProperties: true,
  };
}

/** Only the changes of a stream with a filter have a transition. */
function withTransition(change: JsonSchema): JsonSchema {
  const { properties, required } = change as unknown as {
    properties: Record<string, JsonSchema>;
    required: string[];
  };
  return properties.transition === undefined
    ? change
    : { ...change, required: required.filter((name) => name !== 'transition') };
}
