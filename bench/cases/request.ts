import { apiKey } from '../seed/board-plans.ts';

const common = (key: string) => [
  'Host: 127.0.0.1',
  `Authorization: Bearer ${key}`,
  'Accept: application/json',
  'Connection: keep-alive',
];

const toBytes = (lines: readonly string[], body = '', key = apiKey): Buffer =>
  Buffer.from(`${[...lines, ...common(key)].join('\r\n')}\r\n\r\n${body}`);

/** A GET request, by default with the API key of the bench. */
export const get = (path: string, key?: string): Buffer =>
  toBytes([`GET ${path} HTTP/1.1`], '', key);

interface Options {
  headers?: readonly string[];
  /** By default the API key of the bench. */
  key?: string;
}

/** A request with a JSON body. */
export function send(
  line: `${'POST' | 'PUT'} /${string}`,
  json: object,
  { headers = [], key }: Options = {},
): Buffer {
  const body = JSON.stringify(json);
  const head = ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`];
  return toBytes([`${line} HTTP/1.1`, ...head, ...headers], body, key);
}

/** A GraphQL request. */
export const graphql = (query: string, variables: object = {}, options?: Options): Buffer =>
  send('POST /graphql', { query: query.replace(/\s+/g, ' ').trim(), variables }, options);
