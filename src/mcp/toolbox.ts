import type { GraphQLSchema } from 'graphql';
import type { JsonObject } from '../http/json-object.ts';
import type { Turns } from '../limits/turns.ts';
import { stringify } from '../raw-json.ts';
import type { Context } from '../request/context.ts';
import { readIdempotencyKey } from '../request/headers.ts';
import { isAbsent } from '../rest/absent.ts';
import { createEndpoint, type Endpoint } from '../rest/endpoint.ts';
import type { ReadData } from '../rest/read-data.ts';
import { readBodyParameters } from '../rest/request-parameters.ts';
import type { Route } from '../rest/route.ts';
import { toVariables, type Variables } from '../rest/variables.ts';
import { type Answer, fitAnswer } from './answer.ts';
import { jsonSchemaOf, objectSchema } from './json-schema.ts';
import { readInParts } from './parts.ts';
import type { Tool } from './tool.ts';
import { readTools } from './tools/read-tools.ts';
import { writeTools } from './tools/write-tools.ts';

/** A tool as MCP lists it. */
export interface ToolDefinition {
  name: string;
  description: string;
  inputSchema: { type: 'object' } & JsonObject;
  outputSchema: { type: 'object' } & JsonObject;
  annotations: { readOnlyHint: boolean; destructiveHint?: boolean; openWorldHint: false };
}

export interface PreparedTool {
  isWrite: boolean;
  definition: ToolDefinition;
  /** Runs the tool. Throws ApiError or EndpointError. */
  run(args: JsonObject, context: Context): Promise<JsonObject>;
}

export interface ToolboxOptions {
  schema: GraphQLSchema;
  readData: ReadData;
  turns: Turns;
}

/** Characters of data above which calls go on in turns: to parse, measure and shorten them takes milliseconds. */
const largeCharacters = 32 * 1024;

const idempotencyKey = 'idempotency_key';

/** Parameters that all writes have, beside their own. */
const writeParameters: Readonly<Record<string, string>> = {
  validate_only: 'Dry run: checks and saves nothing.',
  [idempotencyKey]: 'A UUID: a retry with the same one writes nothing twice.',
};

/** All tools, by name. Throws if the operation of one is not valid in the schema, so that the process does not start. */
export const createToolbox = (options: ToolboxOptions): ReadonlyMap<string, PreparedTool> =>
  new Map([...readTools, ...writeTools].map((tool) => [tool.name, prepare(tool, options)]));

function prepare(tool: Tool, { schema, readData, turns }: ToolboxOptions): PreparedTool {
  const { name, operation, readers, notFound } = tool;
  const endpoint = createEndpoint(
    {
      method: 'POST',
      path: `/${name}`,
      envelope: 'object',
      operation,
      readers: described(readers),
      ...(notFound && { notFound }),
    },
    schema,
  );
  const isWrite = operation.startsWith('mutation');
  const answerParameters = [...(tool.answerParameters ?? []), idempotencyKey];
  const readHere = isWrite ? answerParameters : tool.answerParameters;
  return {
    isWrite,
    definition: definitionOf(tool, endpoint, isWrite),
    async run(args, context) {
      const sent = Object.entries(args).filter(([key]) => !answerParameters.includes(key));
      const parameters = readBodyParameters(endpoint, Object.fromEntries(sent), readHere);
      const variables = toVariables(endpoint, parameters, schema);
      const key = args[idempotencyKey];
      // Models send null and empty texts for what they leave out: as keys, they would repeat the first write for ever.
      const headers = { get: () => (isAbsent(idempotencyKey, key ?? null) ? null : String(key)) };
      const own = { ...context, idempotencyKey: readIdempotencyKey(headers) };
      const { caller, lifetime } = context;
      const isDryRun = variables.coerced.validate_only === true;
      const read = async (part: Variables): Promise<Answer> => {
        const text = stringify(await readData(endpoint, part, own));
        if (text.length > largeCharacters) await turns.take(caller.keyId, lifetime.signal);
        const answer = tool.answer(JSON.parse(text) as never, args);
        // First of all: a model must not report as done what was only checked.
        return isDryRun ? { ...answer, content: { dry_run: true, ...answer.content } } : answer;
      };
      const hasCursor = endpoint.parameters.has('cursor');
      return fitAnswer(await (hasCursor ? readInParts(variables, read) : read(variables)));
    },
  };
}

/** The readers as those of a route. */
const described = (readers: Tool['readers'] = {}): NonNullable<Route['readers']> =>
  Object.fromEntries(
    Object.entries(readers).map(([name, reader]) => [name, { ...reader, describe: () => ({}) }]),
  );

function definitionOf(tool: Tool, endpoint: Endpoint, isWrite: boolean): ToolDefinition {
  const { name, description, parameters = {}, schemas = {}, output } = tool;
  const described = { ...parameters, ...(isWrite && writeParameters) };
  const names = [
    ...endpoint.parameters,
    ...(tool.answerParameters ?? []),
    ...(isWrite ? [idempotencyKey] : []),
  ];
  const properties = names.map((parameter): [string, JsonObject] => {
    const type = endpoint.variableTypes.get(parameter);
    const text = described[parameter];
    const schema = schemas[parameter] ?? (type ? jsonSchemaOf(type) : { type: 'string' });
    return [parameter, text === undefined ? schema : { ...schema, description: text }];
  });
  const required = [...endpoint.required].filter((one) => endpoint.parameters.has(one));
  if (tool.readers !== undefined && 'by' in tool.readers) required.push('by');
  return {
    name,
    description,
    inputSchema: objectSchema(properties, required) as ToolDefinition['inputSchema'],
    outputSchema: objectSchema(
      Object.entries({ ...output, ...(isWrite && { dry_run: 'boolean' }) }).map(
        ([property, type]) => [property, { type }],
      ),
    ) as ToolDefinition['outputSchema'],
    annotations: {
      readOnlyHint: !isWrite,
      ...(isWrite && { destructiveHint: tool.isDestructive ?? false }),
      openWorldHint: false,
    },
  };
}
