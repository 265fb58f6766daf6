import type { GraphQLParams, Plugin } from 'graphql-yoga';
import { invalid } from '../../errors.ts';
import { checkJsonContentType } from '../../http/content-type.ts';
import type { ReadBody } from '../../http/json-body.ts';
import { isJsonObject, type JsonObject } from '../../http/json-object.ts';
import { checkUrlEncoding } from '../../http/utf8.ts';
import type { Context, RequestContexts } from '../../request/context.ts';
import { RequestProperty } from '../../request/request-property.ts';
import { type ErrorMask, refusalOf } from './use-error-masking.ts';

export interface RequestParserOptions {
  requestContexts: RequestContexts;
  readBody: ReadBody;
  mask: ErrorMask;
}

/**
 * Authenticates GraphQL requests, and then reads them by the GraphQL over HTTP specification: a query string, or a JSON
 * body. It replaces Yoga's parsers, which decode other bytes than UTF-8 with replacement characters.
 */
export function useRequestParser(options: RequestParserOptions): Plugin {
  const { requestContexts, readBody, mask } = options;
  const contexts = new RequestProperty<Context>();

  async function parse(request: Request): Promise<GraphQLParams> {
    try {
      const context = await requestContexts.create(request);
      contexts.set(request, context);
      return await read(context, readBody);
    } catch (error) {
      throw refusalOf(error, mask);
    }
  }

  return {
    onRequestParse: ({ setRequestParser }) => setRequestParser(parse),
    onParams({ request, context }) {
      Object.assign(context, contexts.get(request));
    },
  };
}

async function read(context: Context, readBody: ReadBody): Promise<GraphQLParams> {
  const { request } = context;
  if (request.method === 'GET') return paramsOf(readUrl(request.url));
  checkJsonContentType(request.headers);
  const body = await readBody(context);
  if (Array.isArray(body)) throw invalid('body', 'must be one request: batches are not supported');
  if (!isJsonObject(body)) throw invalid('body', 'must be a JSON object');
  return paramsOf(body);
}

function readUrl(url: string): JsonObject {
  checkUrlEncoding(url);
  const { searchParams } = new URL(url);
  const textOf = (name: string): string | undefined => {
    const [text, ...others] = searchParams.getAll(name);
    if (others.length > 0) throw invalid(name, 'must not be given twice');
    return text;
  };
  const json = (name: string): unknown => {
    const text = textOf(name);
    if (!text) return undefined;
    try {
      return JSON.parse(text);
    } catch {
      throw invalid(name, `must be JSON, not ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`);
    }
  };
  return {
    query: textOf('query'),
    operationName: textOf('operationName'),
    variables: json('variables'),
    extensions: json('extensions'),
  };
}

/** The members that the specification has; it asks to ignore all others. Null and empty texts count as absent. */
function paramsOf({ query, operationName, variables, extensions }: JsonObject): GraphQLParams {
  return {
    query: optionalText('query', query),
    operationName: optionalText('operationName', operationName),
    variables: optionalObject('variables', variables),
    extensions: optionalObject('extensions', extensions),
  } as GraphQLParams;
}

function optionalText(name: string, value: unknown): string | undefined {
  if (value == null || value === '') return undefined;
  if (typeof value === 'string') return value;
  throw invalid(name, 'must be a string');
}

function optionalObject(name: string, value: unknown): Record<string, unknown> | undefined {
  if (value == null) return undefined;
  if (isJsonObject(value)) return value;
  throw invalid(name, 'must be an object');
}
