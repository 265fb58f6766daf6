import { expect, it } from 'vitest';
import { schema } from '../../src/graphql/schema/index.ts';
import { createEndpoint } from '../../src/rest/endpoint.ts';
import { createOpenApi } from '../../src/rest/openapi/document.ts';
import { printOpenApi, printSdl } from '../../src/rest/openapi/documents.ts';
import { exampleFiles } from '../../src/rest/openapi/examples.ts';
import { routes } from '../../src/rest/routes.ts';
import { expectDescribed } from '../support/described.ts';
import { useWorld } from '../support/world.ts';

interface Operation {
  operationId: string;
  parameters: { name: string; in: string; example?: string }[];
  requestBody?: { content: { 'application/json'?: { example?: object } } };
}

const world = useWorld();
const endpoints = routes.map((route) => createEndpoint(route, schema));
const text = printOpenApi(endpoints, schema);
const { paths } = createOpenApi(endpoints, schema) as {
  paths: Record<string, Record<string, Operation>>;
};
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
);

const get = (path: string, headers: Record<string, string> = {}) =>
  world.app.fetch(`http://gateway.test${path}`, { headers });

it('equals openapi.json', () => expect(text).toMatchFileSnapshot('../../openapi.json'));

it('describes each endpoint, under a name of its own', () => {
  expect(operations).toHaveLength(routes.length);
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(routes.length);
});

it('is served to anybody, and not again where it is known', async () => {
  const response = await get('/api/crm/openapi.json', { 'accept-encoding': 'gzip;q=0' });
  expect(await response.text()).toBe(text);
  const etag = response.headers.get('etag') ?? '';
  const again = await get('/api/crm/openapi.json', { 'if-none-match': etag });
  expect([again.status, await again.text()]).toEqual([304, '']);
  expect(again.headers.get('cache-control')).toBe('no-cache');
});

it('serves the schema as SDL, to callers with a key only', async () => {
  expect((await get('/graphql/schema.graphql')).status).toBe(401);
  const response = await get('/graphql/schema.graphql', { 'x-api-key': 'YOUR_API_KEY' });
  expect(await response.text()).toBe(printSdl(schema));
});

const examples = operations.flatMap(({ path, method, parameters, requestBody }) => {
  const inPath = parameters.filter((parameter) => parameter.in === 'path');
  const body = requestBody?.content['application/json']?.example;
  if (inPath.some(({ example }) => example === undefined)) return [];
  // The demo key does not have the scope `admin`.
  if (path.startsWith('/keys')) return [];
  if (path.endsWith('/stream') || (requestBody && body === undefined)) return [];
  const url = inPath.reduce(
    (url, { name, example = '' }) => url.replace(`{${name}}`, example),
    path,
  );
  return [{ method: method.toUpperCase(), url, body }];
});

it.each(examples)('the demo workspace accepts the example of $method $url', async (example) => {
  const { method, url, body } = example;
  const call =
    body === undefined ? {} : { body: { ...body, ...(method !== 'GET' && isDryRun(url)) } };
  const reply = await world.rest(method, url, call);
  expect(reply.body.error).toBeUndefined();
});

it.each(
  Object.entries(exampleFiles),
)('the demo workspace imports the example of %s', async (...file) => {
  const [type, body] = file;
  const headers = { 'content-type': type };
  const path = '/boards/board_abc123/import?validate_only=true';
  const reply = await world.rest('POST', path, { body, headers });
  expect(reply.body.data).toMatchObject({ rows: 1, created: 1, failed: 0 });
});

/** Searches have no dry run. */
const isDryRun = (url: string) => !/search|by-name/.test(url) && { validate_only: true };

it('notices a response that is not as described', () => {
  const body = { success: true, data: { id: 'item_001' } };
  const check = (status: number) => () =>
    expectDescribed('GET', '/boards/board_abc123/items/item_001', { status, body });
  expect(check(200)).toThrow('must have required property');
  expect(check(418)).toThrow('describes no 418');
});
