import {
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { JsonObject } from '../../http/json-object.ts';
import type { Endpoint } from '../endpoint.ts';
import { basePath } from '../route.ts';
import { inRestWords, titleOf } from './descriptions.ts';
import { envelopeSchemas } from './envelope-schemas.ts';
import { exampleBodies, exampleFiles } from './examples.ts';
import { fileContent, importReport } from './file-content.ts';
import { outputSchema } from './output-schema.ts';
import { bodySchema, parameterObjects, parameterSchemas } from './parameters.ts';
import { errorResponses, errorSchema, responseHeaders, responsesOf } from './responses.ts';
import { type JsonSchema, Schemas } from './schemas.ts';

const description = `The documented endpoints over the items of CRM boards, and those for contacts, changes and webhooks.

Send the API key as \`Authorization: Bearer <key>\` with every request. Bodies and responses are JSON. Times are ISO 8601 in UTC.`;

/** The groups of endpoints in the order of the reference, with the types that describe them. */
const tags: readonly { name: string; type: string; path: RegExp }[] = [
  { name: 'Items', type: 'Item', path: /\/(items|export|import)\b/ },
  { name: 'Boards', type: 'Board', path: /^\/boards(\/:id)?$/ },
  { name: 'Columns', type: 'Column', path: /\/columns/ },
  { name: 'Contacts', type: 'Contact', path: /^\/contacts(?!\/changes)/ },
  { name: 'Changes', type: 'Change', path: /\/changes/ },
  { name: 'Webhooks', type: 'Webhook', path: /^\/webhooks/ },
  { name: 'API keys', type: 'ApiKey', path: /^\/keys/ },
];

/** The OpenAPI 3.1 document of the endpoints. Throws where an operation has no name. */
export function createOpenApi(endpoints: readonly Endpoint[], schema: GraphQLSchema): JsonObject {
  const schemas = new Schemas();
  schemas.ref('Error', () => errorSchema);
  const operations = new Map(
    // Single objects first: they have more fields than rows, and get the names of their types.
    [...endpoints]
      .sort((a, b) => Number(isOfRows(a)) - Number(isOfRows(b)))
      .map((endpoint) => [endpoint, operationOf(endpoint, schema, schemas)]),
  );
  const paths: Record<string, Record<string, unknown>> = {};
  for (const endpoint of endpoints) {
    const { path, method } = endpoint.route;
    const key = path.replace(/:(\w+)/g, '{$1}');
    paths[key] = { ...paths[key], [method.toLowerCase()]: operations.get(endpoint) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Items gateway',
      version: '1',
      description,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: basePath }],
    security: [{ bearer: [] }, { apiKey: [] }],
    tags: tags.map(({ name, type }) => ({
      name,
      description: inRestWords(schema.getType(type)?.description),
    })),
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'The API key.' },
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'The same key.' },
      },
      headers: responseHeaders,
      responses: errorResponses(),
      schemas: schemas.toJson(),
    },
  };
}

const isOfRows = ({ route }: Endpoint): boolean =>
  !['object', 'webhook', 'key'].includes(route.envelope);

const operationNode = ({ document }: Endpoint): OperationDefinitionNode =>
  document.definitions[0] as OperationDefinitionNode;

function operationOf(endpoint: Endpoint, schema: GraphQLSchema, schemas: Schemas): JsonObject {
  const { route, parameterNames } = endpoint;
  const name = operationNode(endpoint).name?.value;
  if (name === undefined)
    throw new Error(`The operation of ${route.method} ${route.path} has no name`);
  const parameters = parameterSchemas(endpoint, schema, schemas);
  const body = bodySchema(endpoint, parameters);
  const example = exampleBodies[name];
  const { text, response } = readSelection(endpoint, schema, schemas);
  return {
    operationId: name,
    summary: titleOf(name),
    description: inRestWords(text, parameterNames)
      .replace(/; null if [^.;]*not exist/, '')
      .replace('Null with the error', 'Fails with'),
    tags: tags.filter(({ path }) => path.test(route.path)).map((tag) => tag.name),
    parameters: parameterObjects(endpoint, parameters),
    ...(route.file?.kind === 'import' && {
      requestBody: { required: true, content: fileContent(route.file, exampleFiles) },
    }),
    ...(body && {
      requestBody: {
        ...(Array.isArray(body.required) && body.required.length > 0 && { required: true }),
        content: { 'application/json': { schema: body, ...(example && { example }) } },
      },
    }),
    responses: responsesOf(endpoint, response),
  };
}

/** The names that the schema of the data, or of its rows, may get. */
function namesOf(endpoint: Endpoint, { type, selectionSet }: Selected): string[] {
  if (!isOfRows(endpoint)) {
    const { name } = getNamedType(type);
    return name.endsWith('Payload') ? [] : [name];
  }
  const rows = select(type, selectionSet, endpoint.route.envelope === 'batch' ? 'results' : 'rows');
  const { name } = getNamedType(rows.type);
  return [name, `${name}Row`];
}

interface Selected {
  type: GraphQLOutputType;
  selectionSet: SelectionSetNode | undefined;
  description: string | null | undefined;
}

/** The field of this response name. */
function select(
  type: GraphQLOutputType,
  selectionSet: SelectionSetNode | undefined,
  responseName: string,
): Selected {
  for (const node of selectionSet?.selections ?? []) {
    if (node.kind !== Kind.FIELD || (node.alias ?? node.name).value !== responseName) continue;
    const field = (getNamedType(type) as GraphQLObjectType).getFields()[node.name.value];
    if (field !== undefined)
      return { type: field.type, selectionSet: node.selectionSet, description: field.description };
  }
  throw new Error(`nothing is selected as ${responseName}`);
}

/** The description of an endpoint, and the schema of its response. */
function readSelection(
  endpoint: Endpoint,
  schema: GraphQLSchema,
  schemas: Schemas,
): { text: string; response: JsonSchema } {
  const { route } = endpoint;
  const node = operationNode(endpoint);
  const root = schema.getRootType(node.operation);
  if (!root) throw new Error(`the schema has no ${node.operation}`);
  const data = select(root, node.selectionSet, 'data');
  const picked = route.pick === undefined ? data : select(data.type, data.selectionSet, route.pick);
  if (route.file !== undefined)
    return {
      text: route.file.description,
      response: schemas.ref('ImportReport', () => importReport),
    };
  const isMutation = node.operation === 'mutation';
  const dataSchema = outputSchema(picked.type, picked.selectionSet);
  // Null is an error in REST.
  const present: JsonSchema = Array.isArray(dataSchema.type)
    ? { ...dataSchema, type: dataSchema.type[0] }
    : dataSchema;
  const text = (isMutation ? data : picked).description ?? '';
  if (endpoint.isStream) return { text, response: {} };
  const response = envelopeSchemas[route.envelope]({
    properties: (present.properties ?? {}) as Record<string, JsonSchema>,
    data: present,
    shared: (shared) => schemas.share(namesOf(endpoint, picked), shared),
  });
  return { text, response };
}
