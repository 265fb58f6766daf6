import { apiKey } from '../seed/board-plans.ts';

const common = [
  'Host: 127.0.0.1',
  `Authorization: Bearer ${apiKey}`,
  'Accept: application/json',
  'Connection: keep-alive',
];

const toBytes = (lines: readonly string[], body = ''): Buffer =>
  Buffer.from(`${[...lines, ...common].join('\r\n')}\r\n\r\n${body}`);

/** A GET request with the API key of the bench. */
export const get = (path: string): Buffer => toBytes([`GET ${path} HTTP/1.1`]);

/** A request with a JSON body and the API key of the bench. */
export function send(
  line: `${'POST' | 'PUT'} /${string}`,
  json: object,
  headers: readonly string[] = [],
): Buffer {
  const body = JSON.stringify(json);
  const head = ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`];
  return toBytes([`${line} HTTP/1.1`, ...head, ...headers], body);
}

/** A GraphQL request with the API key of the bench. */
export const graphql = (
  query: string,
  variables: object = {},
  headers: readonly string[] = [],
): Buffer =>
  send('POST /graphql', { query: query.replace(/\s+/g, ' ').trim(), variables }, headers);
