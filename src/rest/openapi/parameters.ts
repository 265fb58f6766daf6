import {
  type DocumentNode,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isNonNullType,
  Kind,
  TypeInfo,
  valueFromASTUntyped,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { JsonObject } from '../../http/json-object.ts';
import type { Endpoint } from '../endpoint.ts';
import { inRestWords } from './descriptions.ts';
import { examplePathParameter } from './examples.ts';
import { parameterSchema } from './input-schema.ts';
import { described, type JsonSchema, nullable, type Schemas } from './schemas.ts';

/** The descriptions of the arguments and input fields that variables are used for, by variable. */
function descriptionsOf(document: DocumentNode, schema: GraphQLSchema): Map<string, string> {
  const descriptions = new Map<string, string>();
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, {
      Argument({ value }) {
        if (value.kind === Kind.VARIABLE)
          descriptions.set(value.name.value, types.getArgument()?.description ?? '');
      },
      ObjectField({ name, value }) {
        const parent = getNamedType(types.getParentInputType());
        if (value.kind !== Kind.VARIABLE || !isInputObjectType(parent)) return;
        const { description } = parent.getFields()[name.value] ?? {};
        descriptions.set(value.name.value, description ?? '');
      },
    }),
  );
  return descriptions;
}

const limit: JsonSchema = {
  minimum: 1,
  maximum: 500,
  description: 'The most rows to return, 1 to 500.',
};

/** The default of an argument is not that of the parameter. */
const withoutDefault = (description: string): string => description.replace(/; \w+ by default/, '');

/** The schemas of all parameters of an endpoint, those in its path included. */
export function parameterSchemas(
  { route, document, variableDefinitions, variableTypes, parameterNames }: Endpoint,
  schema: GraphQLSchema,
  schemas: Schemas,
): Map<string, JsonSchema> {
  const descriptions = descriptionsOf(document, schema);
  const parameters = new Map<string, JsonSchema>();
  const readers = Object.entries(route.readers ?? {});
  const setByOthers = new Set(readers.flatMap(([, { sets }]) => sets));
  for (const name of route.file?.sets ?? []) setByOthers.add(name);
  for (const { variable, defaultValue } of variableDefinitions) {
    const name = variable.name.value;
    const type = variableTypes.get(name);
    if (type === undefined || setByOthers.has(name)) continue;
    const value = defaultValue && valueFromASTUntyped(defaultValue);
    const isEnum = isEnumType(getNamedType(type));
    const own = parameterSchema(type, schemas);
    const description = inRestWords(descriptions.get(name), parameterNames);
    parameters.set(name, {
      ...(name === 'limit' ? { ...own, ...limit } : described(own, withoutDefault(description))),
      ...(value != null && { default: isEnum ? String(value).toLowerCase() : value }),
    });
  }
  for (const [name, { sets, describe }] of readers) {
    const description = descriptions.get(sets[0] ?? '');
    const own = describe(schemas, variableTypes.get(name));
    parameters.set(name, 'description' in own ? own : described(own, inRestWords(description)));
  }
  for (const [name, { description, choices }] of Object.entries(route.file?.options ?? {}))
    parameters.set(name, { type: 'string', ...(choices && { enum: choices }), description });
  return parameters;
}

const isInPath = ({ path }: Endpoint['route'], name: string): boolean =>
  path.split('/').includes(`:${name}`);

const header = (name: string, description: string): JsonObject => ({
  name,
  in: 'header',
  description,
  schema: { type: 'string' },
});

const idempotencyKey = header(
  'Idempotency-Key',
  'A text of your choice, new for each write: a repeated request with it returns the first response and writes nothing.',
);
const ifMatch = header(
  'If-Match',
  'The ETag that the item was read with: the write fails if the item has changed since.',
);
const ifNoneMatch = header(
  'If-None-Match',
  'An ETag: the response is a 304 without a body if nothing changed.',
);
const lastEventId = header(
  'Last-Event-ID',
  'The id of the last event, which browsers send by themselves: the stream goes on after it.',
);
/** A parameter of streams that is no variable of their operation. */
const accessToken: JsonObject = {
  name: 'access_token',
  in: 'query',
  description:
    'A key or token that expires within 24 hours, for browsers that cannot send it in a header.',
  schema: { type: 'string' },
};

/** True if responses of the endpoint have an ETag: those with an item, and the lists of a board. */
export const hasEtag = ({
  route: { hasBoardEtag, envelope, operation, file },
}: Endpoint): boolean =>
  hasBoardEtag === true ||
  (envelope === 'object' && file === undefined && operation.includes(' version '));

/** The parameters in the path, the query string and the headers. */
export function parameterObjects(
  endpoint: Endpoint,
  schemas: ReadonlyMap<string, JsonSchema>,
): JsonObject[] {
  const { route, required, variableTypes, isStream } = endpoint;
  const isWrite = route.operation.startsWith('mutation');
  const inUrl = [...schemas].flatMap(([name, { description, ...schema }]) => {
    const place = isInPath(route, name) ? 'path' : 'query';
    const isInBody = route.method !== 'GET' && route.file === undefined;
    if (place === 'query' && isInBody) return [];
    const example = place === 'path' ? examplePathParameter(route.path, name) : undefined;
    return {
      name,
      in: place,
      ...(description !== undefined && { description }),
      ...((place === 'path' || required.has(name)) && { required: true }),
      ...('contentMediaType' in schema
        ? { content: { 'application/json': { schema: schema.contentSchema } } }
        : { schema }),
      ...(example !== undefined && { example }),
    };
  });
  return [
    ...inUrl,
    ...(isWrite ? [idempotencyKey] : []),
    ...(variableTypes.has('expected_version') ? [ifMatch] : []),
    ...(hasEtag(endpoint) && !isWrite && !isStream ? [ifNoneMatch] : []),
    ...(isStream ? [accessToken, lastEventId] : []),
  ];
}

/** The body of a request; undefined for a GET. */
export function bodySchema(
  { route, required, nullableFields, variableTypes }: Endpoint,
  schemas: ReadonlyMap<string, JsonSchema>,
): JsonSchema | undefined {
  if (route.method === 'GET' || route.file !== undefined) return undefined;
  const parameters = [...schemas].filter(([name]) => !isInPath(route, name));
  const inBody = [...required].filter((name) => !isInPath(route, name));
  const mayBeNull = (name: string) =>
    nullableFields.has(name) && !isNonNullType(variableTypes.get(name));
  return {
    type: 'object',
    properties: Object.fromEntries(
      parameters.map(([name, schema]) => [name, mayBeNull(name) ? nullable(schema) : schema]),
    ),
    ...(inBody.length > 0 && { required: inBody }),
    additionalProperties: route.ignoresReadOnly === true,
  };
}
