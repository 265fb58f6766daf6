import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import { schema } from '../../src/graphql/schema/index.ts';
import { createEndpoint } from '../../src/rest/endpoint.ts';
import { createOpenApi } from '../../src/rest/openapi/document.ts';
import { routes } from '../../src/rest/routes.ts';

interface Response {
  $ref?: string;
  content?: { 'application/json'?: { schema: object } };
}

interface OpenApi {
  paths: Record<string, Record<string, { responses: Record<string, Response> }>>;
  components: { responses: Record<string, Response> };
}

/** Objects may have no more than the described properties, which the document leaves open. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, member]) => [
    name,
    name === 'examples' || name === 'example' ? member : closed(member),
  ]);
  const isOpen = 'properties' in value && !('additionalProperties' in value);
  return Object.fromEntries([...members, ...(isOpen ? [['additionalProperties', false]] : [])]);
}

/** Errors that belong to no endpoint. */
const general = ['NOT_FOUND', 'METHOD_NOT_ALLOWED'];

/** Expects that an OpenAPI document describes the status and the body of a response. The path is below the base path. */
export type ExpectDescribed = (
  method: string,
  path: string,
  response: { status: number; body: unknown },
) => void;

/** The expectation for an OpenAPI document. */
export function describedBy(source: object): ExpectDescribed {
  const document = closed(source) as OpenApi;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajv.addFormat('date-time', /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{3})?Z$/);
  ajv.addSchema({ ...document, $id: 'openapi' });
  const validators = new Map<string, ValidateFunction>();
  // Paths with more fixed segments first, as in the router.
  const paths = Object.keys(document.paths)
    .map((path) => ({ path, pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}/?$`) }))
    .sort((a, b) => a.path.split('{').length - b.path.split('{').length);

  function compile(response: Response | undefined): ValidateFunction {
    const { content } =
      response?.$ref === undefined
        ? (response ?? {})
        : (document.components.responses[response.$ref.split('/').at(-1) ?? ''] ?? {});
    const text = JSON.stringify(content?.['application/json']?.schema ?? {});
    return ajv.compile(JSON.parse(text.replaceAll('"#/components', '"openapi#/components')));
  }

  return (method, path, { status, body }) => {
    const code = (body as { error?: { code?: string } }).error?.code ?? '';
    if (general.includes(code)) return;
    // Resolves `..` as fetch does.
    const { pathname } = new URL(path, 'http://gateway.test');
    const route = paths.find(({ pattern }) => pattern.test(pathname))?.path ?? '';
    const responses = document.paths[route]?.[method.toLowerCase()]?.responses;
    if (responses === undefined) return;
    const described = responses[status];
    expect(described, `${method} ${route} describes no ${status} (${code})`).toBeDefined();
    const name = described?.$ref ?? `${method} ${route} ${status}`;
    const validate = validators.get(name) ?? compile(described);
    validators.set(name, validate);
    if (!validate(body))
      expect.fail(
        `${name} is described otherwise: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(body).slice(0, 2000)}`,
      );
  };
}

const endpoints = routes.map((route) => createEndpoint(route, schema));

/** The expectation for the document of these sources. */
export const expectDescribed = describedBy(createOpenApi(endpoints, schema));
