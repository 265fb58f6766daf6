import { request } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { demoKey } from '../../src/seed/demo.ts';
import { useServer } from '../support/servers.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();
const server = useServer(world);

interface Call {
  method?: string;
  encoding?: string;
  body?: object;
  headers?: Record<string, string>;
}

/** Sends a request and returns the response as it is on the wire; fetch would decompress it. */
const send = (path: string, { method = 'GET', encoding, body, headers }: Call = {}) =>
  new Promise<{ status: number; headers: Record<string, string>; body: Buffer }>(
    (resolve, reject) => {
      const how = {
        method,
        headers: {
          authorization: `Bearer ${demoKey}`,
          'content-type': 'application/json',
          ...(encoding !== undefined && { 'accept-encoding': encoding }),
          ...headers,
        },
      };
      const sent = request(server.url + path, how, async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk);
        const { statusCode = 0 } = response;
        const received = response.headers as Record<string, string>;
        resolve({ status: statusCode, headers: received, body: Buffer.concat(chunks) });
      });
      sent.on('error', reject).end(body && JSON.stringify(body));
    },
  );

const list = '/api/crm/boards/board_abc123/items';
const item = `${list}/item_001`;
const query = {
  query: '{ board(id: "board_abc123") { items(first: 50) { nodes { id title values } } } }',
};
const decoders: Record<string, (bytes: Buffer) => Buffer> = {
  br: brotliDecompressSync,
  gzip: gunzipSync,
};

it.each([
  ['gzip', 'gzip, deflate'],
  ['br', 'gzip, deflate, br'],
  ['gzip', 'br;q=0, gzip;q=0.5'],
  ['br', ' GZIP ;q=0.0, BR ; q=1.000'],
  ['gzip', `${'a,'.repeat(498)}gzip`],
])('compresses large responses by %s for %s', async (name, encoding) => {
  for (const call of [{ path: list }, { path: '/graphql', method: 'POST', body: query }]) {
    const plain = await send(call.path, call);
    const { headers, body } = await send(call.path, { ...call, encoding });
    expect(headers['content-encoding']).toBe(name);
    expect(headers.vary).toContain('Accept-Encoding');
    expect(Number(headers['content-length'])).toBe(body.length);
    expect(body.length).toBeLessThan(plain.body.length / 3);
    expect(decoders[name]?.(body).toString()).toBe(plain.body.toString());
  }
});

it.each([
  ['a client that accepts no encoding', list, undefined],
  ['a client that refuses them', list, 'gzip;q=0, br; q=0.000 , gzipped, identity'],
  ['a client with a header of over 1,000 characters', list, `gzip${',a'.repeat(499)}`],
  ['a small response', '/api/crm/boards/board_abc123/items?limit=1', 'gzip'],
])('sends %s the response as it is', async (_, path, encoding) => {
  const { headers, body } = await send(path, encoding === undefined ? {} : { encoding });
  expect(headers['content-encoding']).toBeUndefined();
  expect(JSON.parse(body.toString()).success).toBe(true);
});

it('sends no compressed stream', async () => {
  const body = { query: 'subscription { boardChanges(boardIds: ["nowhere"]) { cursor } }' };
  const { headers } = await send('/graphql', {
    ...{ method: 'POST', encoding: 'gzip', body },
    headers: { accept: 'text/event-stream' },
  });
  expect(headers['content-type']).toContain('text/event-stream');
  expect(headers['content-encoding']).toBe('none');
});

it('has a weak ETag for a compressed response, which revalidates it and guards writes', async () => {
  const { headers } = await send(list, { encoding: 'gzip' });
  expect(headers.etag).toMatch(/^W\//);
  const again = { encoding: 'gzip', headers: { 'if-none-match': headers.etag ?? '' } };
  expect((await send(list, again)).status).toBe(304);
  const large = { method: 'PUT', encoding: 'gzip', body: { values: { text: 'x'.repeat(2000) } } };
  const written = await send(item, large);
  expect(written.headers.etag).toMatch(/^W\/"\d+-/);
  const ifMatch = { 'if-match': written.headers.etag ?? '' };
  expect((await send(item, { ...large, body: { title: 'x' }, headers: ifMatch })).status).toBe(200);
  expect((await send(item, { ...large, body: { title: 'y' }, headers: ifMatch })).status).toBe(412);
});
