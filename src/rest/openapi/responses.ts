import { STATUS_CODES } from 'node:http';
import { type ErrorCode, errorKinds } from '../../errors.ts';
import type { JsonObject } from '../../http/json-object.ts';
import type { Endpoint } from '../endpoint.ts';
import { fileContent } from './file-content.ts';
import { hasEtag } from './parameters.ts';
import { type JsonSchema, objectOf } from './schemas.ts';

const codes = Object.keys(errorKinds) as ErrorCode[];

const codesOf = (status: number): ErrorCode[] =>
  codes.filter((code) => errorKinds[code].status === status);

/** `404` is `NotFound`. */
const nameOf = (status: number): string => (STATUS_CODES[status] ?? '').replace(/\W/g, '');

/** The body of all errors. */
export const errorSchema: JsonSchema = {
  ...objectOf({
    success: { type: 'boolean', const: false },
    status_code: { type: 'integer', description: 'The HTTP status.' },
    error: {
      ...objectOf(
        {
          code: { type: 'string', enum: codes, description: 'The code, for programs.' },
          message: { type: 'string', description: 'The message, for people.' },
          details: {
            type: 'array',
            description: 'The fields that were wrong.',
            items: objectOf({ field: { type: 'string' }, message: { type: 'string' } }),
          },
          current: {
            description: 'With `VERSION_CONFLICT`: the item as it is.',
            type: 'object',
            additionalProperties: true,
          },
        },
        ['details', 'current'],
      ),
      additionalProperties: true,
    },
  }),
  description: 'The body of every error.',
};

/** The error responses, by name. */
export function errorResponses(): JsonObject {
  const statuses = new Set(codes.map((code) => errorKinds[code].status));
  // A method that a path does not have is no operation of the document, and 406 is GraphQL's.
  for (const status of [405, 406] as const) statuses.delete(status);
  return Object.fromEntries(
    [...statuses].map((status) => {
      const lines = codesOf(status).map(
        (code) => `- \`${code}\`: ${errorKinds[code].meaning} ${errorKinds[code].remedy}`,
      );
      const retryAfter = status === 429 || status === 503;
      return [
        nameOf(status),
        {
          description: lines.join('\n'),
          ...(retryAfter && { headers: { 'Retry-After': refToHeader('Retry-After') } }),
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
        },
      ];
    }),
  );
}

const refToHeader = (name: string): JsonObject => ({ $ref: `#/components/headers/${name}` });

const text = (description: string): JsonObject => ({ description, schema: { type: 'string' } });
const integer = (description: string): JsonObject => ({ description, schema: { type: 'integer' } });

export const responseHeaders: JsonObject = {
  ETag: text('The version of the response, for `If-None-Match`, and for `If-Match` of a write.'),
  'Retry-After': integer('Seconds until the next try.'),
  'X-RateLimit-Limit': integer('Requests a minute of this key.'),
  'X-RateLimit-Remaining': integer('Requests that are left in this minute.'),
  'X-Request-Id': text('The id of the request in the log of the server.'),
};

/** The statuses of errors that an endpoint can respond with. */
function errorStatuses({ route, variableTypes, parameters }: Endpoint): number[] {
  const isWrite = route.operation.startsWith('mutation');
  return [
    400,
    401,
    403,
    ...(isWrite || route.path.includes(':') || parameters.has('cursor') ? [404] : []),
    ...(isWrite ? [409] : []),
    ...(variableTypes.has('after') ? [410] : []),
    ...(variableTypes.has('expected_version') || parameters.has('operations') ? [412] : []),
    ...(route.method === 'GET' ? [] : [413, 415]),
    ...(isWrite ? [422] : []),
    429,
    500,
    503,
  ];
}

const streamDescription =
  'Server-sent events: `data` is a JSON list of changes as in the log, `id` the cursor after them. A stream may end at any time: connect again with the last `id`.';

function contentOf({ route, isStream }: Endpoint, schema: JsonSchema): JsonObject {
  if (isStream) return { 'text/event-stream': { schema: { type: 'string' } } };
  if (route.file?.kind === 'export') return fileContent(route.file);
  return { 'application/json': { schema } };
}

/** All responses of an endpoint: the one of success has this schema, and the events of a stream. */
export function responsesOf(endpoint: Endpoint, schema: JsonSchema): JsonObject {
  const { route, isStream } = endpoint;
  const headers = [
    ...(hasEtag(endpoint) && !isStream ? ['ETag'] : []),
    'X-RateLimit-Limit',
    'X-RateLimit-Remaining',
    'X-Request-Id',
  ];
  const success: JsonObject = {
    description: isStream ? streamDescription : 'Success.',
    headers: Object.fromEntries(headers.map((name) => [name, refToHeader(name)])),
    content: contentOf(endpoint, schema),
  };
  const isCacheable = hasEtag(endpoint) && !route.operation.startsWith('mutation') && !isStream;
  return {
    [route.status ?? 200]: success,
    ...(isCacheable && { 304: { description: 'Nothing has changed since that ETag.' } }),
    ...Object.fromEntries(
      errorStatuses(endpoint).map((status) => [
        status,
        { $ref: `#/components/responses/${nameOf(status)}` },
      ]),
    ),
  };
}
