import { type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql';
import { StaticContent } from '../../http/static-content.ts';
import type { Endpoint } from '../endpoint.ts';
import { basePath } from '../route.ts';
import { createOpenApi } from './document.ts';

/** A description of the API. */
interface ApiDocument {
  content: StaticContent;
  /** False where anybody may read it. */
  needsKey: boolean;
}

/** The path of the OpenAPI document. */
export const openApiPath = `${basePath}/openapi.json`;

/** The schema in SDL, as in `schema.graphql`. */
export const printSdl = (schema: GraphQLSchema): string =>
  `${printSchema(lexicographicSortSchema(schema))}\n`;

/** The OpenAPI document as text, as in `openapi.json`. */
export const printOpenApi = (endpoints: readonly Endpoint[], schema: GraphQLSchema): string =>
  `${JSON.stringify(createOpenApi(endpoints, schema), null, 2)}\n`;

/** The descriptions of the API, by path. They are made when they are first asked for. */
export const createDocuments = (
  endpoints: readonly Endpoint[],
  schema: GraphQLSchema,
): ReadonlyMap<string, ApiDocument> =>
  new Map([
    [
      openApiPath,
      {
        content: new StaticContent(() => printOpenApi(endpoints, schema), {
          type: 'application/json; charset=utf-8',
        }),
        needsKey: false,
      },
    ],
    [
      '/graphql/schema.graphql',
      {
        content: new StaticContent(() => printSdl(schema), { type: 'text/plain; charset=utf-8' }),
        needsKey: true,
      },
    ],
  ]);
