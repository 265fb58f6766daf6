/** Names the breaking changes of the schema and of the REST endpoints since the last tag. Run by `.ci/run`. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { buildSchema, findBreakingChanges } from 'graphql';

interface Parameter {
  name: string;
  required?: boolean;
}

interface Operation {
  operationId: string;
  parameters: Parameter[];
  requestBody?: { content: Record<string, { schema: { required?: string[] } }> };
  responses: Record<string, unknown>;
}

interface OpenApi {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { properties?: object; required?: string[] }> };
}

const git = (...args: string[]): string =>
  execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

/** The text of a file at a commit; undefined where it has no such file. */
function textAt(commit: string, path: string): string | undefined {
  try {
    return git('show', `${commit}:${path}`);
  } catch {
    return undefined;
  }
}

/** The last tag; undefined where there is none. */
function lastTag(): string | undefined {
  try {
    return git('describe', '--tags', '--abbrev=0').trim();
  } catch {
    return undefined;
  }
}

const missing = <Value>(from: Iterable<Value>, values: Iterable<Value>): Value[] => {
  const present = new Set(values);
  return [...from].filter((value) => !present.has(value));
};

const requiredOf = ({ parameters, requestBody }: Operation): string[] => [
  ...parameters.filter(({ required }) => required).map(({ name }) => name),
  ...(requestBody?.content['application/json']?.schema.required ?? []),
];

function operationChanges(name: string, before: Operation, after: Operation | undefined): string[] {
  if (after === undefined) return [`${name} was removed`];
  const names = ({ parameters }: Operation) => parameters.map((parameter) => parameter.name);
  return [
    ...missing(names(before), names(after)).map((each) => `${name}: ${each} was removed`),
    ...missing(requiredOf(after), requiredOf(before)).map((each) => `${name}: ${each} is required`),
    ...(before.operationId === after.operationId ? [] : [`${name}: another operationId`]),
  ];
}

/** The breaking changes between two OpenAPI documents: what callers may no longer send, or no longer get. */
function openApiChanges(before: OpenApi, after: OpenApi): string[] {
  const operations = Object.entries(before.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) =>
      operationChanges(`${method.toUpperCase()} ${path}`, operation, after.paths[path]?.[method]),
    ),
  );
  const schemas = Object.entries(before.components.schemas).flatMap(([name, { properties = {} }]) =>
    missing(
      Object.keys(properties),
      Object.keys(after.components.schemas[name]?.properties ?? {}),
    ).map((each) => `${name}.${each} was removed`),
  );
  return [...operations, ...schemas];
}

const tag = lastTag();
const read = (path: string): string => readFileSync(path, 'utf8');
const sdl = tag && textAt(tag, 'schema.graphql');
const openApi = tag && textAt(tag, 'openapi.json');
const changes = [
  ...(sdl
    ? findBreakingChanges(buildSchema(sdl), buildSchema(read('schema.graphql'))).map(
        ({ description }) => `schema.graphql: ${description}`,
      )
    : []),
  ...(openApi
    ? openApiChanges(JSON.parse(openApi), JSON.parse(read('openapi.json'))).map(
        (change) => `openapi.json: ${change}`,
      )
    : []),
];
const since = tag === undefined ? 'there is no tag to compare with' : `since ${tag}`;
const result =
  changes.length === 0
    ? `No breaking changes: ${since}.`
    : `Breaking changes ${since}:\n${changes.join('\n')}`;
process.stdout.write(`${result}\n`);
