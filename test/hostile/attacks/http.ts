import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import type { Attacker, AttackRequest } from '../attacker.ts';
import { duration, isFull, shortDuration } from '../settings.ts';
import { type Attacks, attackedBoard } from '../target.ts';

const path = `/api/crm/boards/${attackedBoard}/items`;
const query = '{"query":"{ __typename }"}';
const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The head of a request, with a key; `lines` follow the usual headers. */
const head = (start: string, { readKey }: Attacker, ...lines: string[]): string =>
  [start, 'Host: localhost', `Authorization: Bearer ${readKey}`, ...lines, '', ''].join('\r\n');

const post = (attacker: Attacker, ...lines: string[]): string =>
  head('POST /graphql HTTP/1.1', attacker, 'Content-Type: application/json', ...lines);

const smuggled = 'GET /api/crm/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n';

/** Two readings of one request. A server that takes the rest for a second request answers twice. */
const smuggling: Record<string, (attacker: Attacker) => string> = {
  'Content-Length and Transfer-Encoding': (a) =>
    `${post(a, `Content-Length: ${5 + smuggled.length}`, 'Transfer-Encoding: chunked')}0\r\n\r\n${smuggled}`,
  'Transfer-Encoding and Content-Length': (a) =>
    `${post(a, 'Transfer-Encoding: chunked', 'Content-Length: 4')}5c\r\n${query}\r\n0\r\n\r\n${smuggled}`,
  'two lengths': (a) =>
    `${post(a, 'Content-Length: 0', `Content-Length: ${smuggled.length}`)}${smuggled}`,
  'a list of lengths': (a) => `${post(a, `Content-Length: 0, ${smuggled.length}`)}${smuggled}`,
  'a length with a sign': (a) => `${post(a, 'Content-Length: +0')}${smuggled}`,
  'a header over two lines': (a) =>
    `${post(a, 'Transfer-Encoding:', ' chunked', 'Content-Length: 0')}${smuggled}`,
  'a space before the colon': (a) =>
    `${post(a, 'Transfer-Encoding : chunked', 'Content-Length: 0')}${smuggled}`,
  'an unknown encoding': (a) =>
    `${post(a, 'Transfer-Encoding: xchunked', 'Content-Length: 0')}${smuggled}`,
  'two encodings': (a) =>
    `${post(a, 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity')}0\r\n\r\n${smuggled}`,
  'bare line feeds': (a) => `${post(a, 'X: y\nContent-Length: 0')}${smuggled}`,
  'a bare carriage return': (a) => `${post(a, 'X: y\rContent-Length: 0')}${smuggled}`,
  'an invalid size of a chunk': (a) =>
    `${post(a, 'Transfer-Encoding: chunked')}0x5\r\nhello\r\n0\r\n\r\n${smuggled}`,
  'a huge size of a chunk': (a) =>
    `${post(a, 'Transfer-Encoding: chunked')}fffffffffffffffff\r\nhello\r\n0\r\n\r\n${smuggled}`,
};

/** Bytes that are sent on connections of their own. */
const raw: Record<string, (attacker: Attacker, n: number) => string | Buffer> = {
  'CRLF in the path': (a) =>
    head('GET /api/crm/boards%0d%0aX:%20y HTTP/1.1', a, 'Connection: close'),
  'CRLF in a header': (a) =>
    head(
      `GET ${path}?limit=1 HTTP/1.1`,
      a,
      'X-Request-Id: a%0d%0aSet-Cookie: x',
      'Connection: close',
    ),
  'NUL bytes in the path': (a) => head('GET /api/crm/\0boards HTTP/1.1', a),
  'NUL bytes in a header': (a) => head(`GET ${path} HTTP/1.1`, a, 'X: a\0b'),
  'no Host': () => `GET ${path} HTTP/1.1\r\n\r\n`,
  'two Hosts': (a) => head(`GET ${path}?limit=1 HTTP/1.1`, a, 'Host: evil', 'Connection: close'),
  'a Host with a path': (a) =>
    `GET ${path}?limit=1 HTTP/1.1\r\nHost: evil/../..?x#y@z:99999\r\nAuthorization: Bearer ${a.readKey}\r\nConnection: close\r\n\r\n`,
  'an absolute target': (a) => head('GET http://evil:99999/api/crm/boards HTTP/1.1', a),
  'an asterisk as target': (a) => head('OPTIONS * HTTP/1.1', a, 'Connection: close'),
  CONNECT: (a) => head('CONNECT localhost:5432 HTTP/1.1', a),
  'unknown methods': (a) => head('BREW /graphql HTTP/1.1', a),
  TRACE: (a) => head('TRACE /graphql HTTP/1.1', a, 'Connection: close'),
  'HTTP/1.0': (a) => head(`GET ${path}?limit=1 HTTP/1.0`, a),
  'HTTP/0.9': () => 'GET /\r\n\r\n',
  'HTTP/9.9': (a) => head('GET / HTTP/9.9', a),
  'the preface of HTTP/2': () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0',
  'a TLS handshake': () =>
    Buffer.concat([Buffer.from('160301020001000201fc0303', 'hex'), randomBytes(500)]),
  'random bytes': () => randomBytes(4000),
  'an upgrade to WebSocket': (a) =>
    head(
      'GET /graphql HTTP/1.1',
      a,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ),
  'an upgrade to h2c': (a) =>
    head(
      `GET ${path}?limit=1 HTTP/1.1`,
      a,
      'Connection: Upgrade, HTTP2-Settings',
      'Upgrade: h2c',
      'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA',
    ),
  'a huge header': (a) => head(`GET ${path} HTTP/1.1`, a, `X: ${'x'.repeat(1_000_000)}`),
  'many headers': (a) =>
    head(
      `GET ${path}?limit=1 HTTP/1.1`,
      a,
      'Connection: close',
      ...Array.from({ length: 3000 }, (_, i) => `X${i}: y`),
    ),
  'a huge URL': (a) => head(`GET ${path}?x=${'x'.repeat(1_000_000)} HTTP/1.1`, a),
  'an endless first line': () => 'GET /'.padEnd(2_000_000, 'a'),
  'many chunks of one byte': (a) =>
    `${post(a, 'Transfer-Encoding: chunked', 'Connection: close')}${'1\r\n \r\n'.repeat(50_000)}0\r\n\r\n`,
  'long chunk extensions': (a) =>
    `${post(a, 'Transfer-Encoding: chunked', 'Connection: close')}${`1;${'x'.repeat(5000)}\r\n \r\n`.repeat(100)}0\r\n\r\n`,
  trailers: (a) =>
    `${post(a, 'Transfer-Encoding: chunked', 'Trailer: X', 'Connection: close')}1a\r\n${query}\r\n0\r\nAuthorization: Bearer x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`,
  'a body that never ends': (a) =>
    `${post(a, 'Transfer-Encoding: chunked')}${`${(65_536).toString(16)}\r\n${' '.repeat(65_536)}\r\n`.repeat(40)}`,
  'an expectation': (a) => post(a, 'Expect: 100-continue', 'Content-Length: 900000'),
  'an unknown expectation': (a) =>
    post(a, 'Expect: x', 'Content-Length: 26', 'Connection: close') + query,
  'bodies with GET': (a) =>
    head(`GET ${path}?limit=1 HTTP/1.1`, a, 'Content-Length: 26', 'Connection: close') + query,
};

const json = { 'content-type': 'application/json' };

/** 100 MB of JSON, compressed. */
const bomb = gzipSync(Buffer.alloc(100e6, '[]'), { level: 1 });

/** Requests that are valid HTTP. */
const requests: Record<string, (n: number) => AttackRequest> = {
  ranges: () => ({
    method: 'GET',
    path: `${path}?limit=5`,
    headers: { range: `bytes=${Array.from({ length: 1000 }, (_, i) => `${i}-`).join(',')}` },
  }),
  'conditional requests with many tags': (n) => ({
    method: 'GET',
    path: `${path}?limit=5`,
    headers: { 'if-none-match': Array.from({ length: 800 }, (_, i) => `"${n}x${i}"`).join(',') },
  }),
  'overridden methods': () => ({
    path: `${path}/search?_method=DELETE`,
    headers: { 'x-http-method-override': 'DELETE', 'x-method-override': 'DELETE' },
    body: '{"limit":1}',
  }),
  'compressed bombs': () => ({
    headers: { 'content-encoding': 'gzip' },
    body: bomb,
  }),
  'compressed bombs through REST': () => ({
    path: `${path}/search`,
    headers: { 'content-encoding': 'br, gzip, gzip' },
    body: bomb,
  }),
  'multipart bodies': (n) => ({
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
    body: `--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n${query}\r\n`.repeat(
      2000 + (n % 2),
    ),
  }),
  'a multipart boundary that never comes': () => ({
    headers: { 'content-type': `multipart/form-data; boundary=${'-'.repeat(4000)}` },
    body: '-'.repeat(900_000),
  }),
  'form bodies': () => ({
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `query=${encodeURIComponent('mutation { x }')}&${'a=b&'.repeat(100_000)}`,
  }),
  'GraphQL as a body': () => ({
    headers: { 'content-type': 'application/graphql' },
    body: '{ __typename }',
  }),
  'wrong charsets': (n) => ({
    headers: {
      'content-type': `application/json; charset=${['utf-16', 'utf-7', 'shift_jis', '"'][n % 4]}`,
    },
    body: Buffer.from(query, 'utf16le'),
  }),
  'invalid UTF-8': () => ({
    headers: json,
    body: Buffer.concat([
      Buffer.from('{"query":"{ __typename } #'),
      Buffer.alloc(100_000, 0xc0),
      Buffer.from('"}'),
    ]),
  }),
  'a long Content-Type': () => ({
    headers: { 'content-type': `application/json${';charset=utf-8 '.repeat(900)}` },
    body: query,
  }),
  'a long Accept': () => ({
    headers: { accept: Array.from({ length: 900 }, (_, i) => `a/b${i};q=0.${i}`).join(',') },
    body: query,
  }),
  'many cookies and proxies': () => ({
    headers: {
      cookie: 'a=b; '.repeat(1000),
      'x-forwarded-for': '1.1.1.1, '.repeat(500),
      forwarded: 'for=x;'.repeat(300),
    },
    body: query,
  }),
  preflights: (n) => ({
    method: 'OPTIONS',
    path: n % 2 ? '/graphql' : path,
    headers: {
      origin: `https://evil${n}.example`,
      'access-control-request-method': 'DELETE',
      'access-control-request-headers': Array.from({ length: 700 }, (_, i) => `x-${i}`).join(','),
    },
  }),
  'paths out of the folder': (n) => ({
    method: 'GET',
    path:
      [
        '/../../etc/passwd',
        '/api/crm/%2e%2e/%2e%2e/graphql',
        '/api/crm/..%2f..%2fx',
        '//evil/x',
        '/%',
      ][n % 5] ?? '',
  }),
  'bad percent codes': (n) => ({
    method: 'GET',
    path: `${path}/${['%', '%zz', '%ff%fe', '%00', '%C0%AF'][n % 5]}?limit=%zz&cursor=%`,
  }),
  'many parameters': () => ({
    method: 'GET',
    path: `${path}?${Array.from({ length: 1500 }, (_, i) => `p${i}=1`).join('&')}`,
  }),
  'the same parameter many times': () => ({
    method: 'GET',
    path: `${path}?${'limit=1&'.repeat(1500)}`,
  }),
  'parameters like objects': () => ({
    method: 'GET',
    path: `${path}?limit[]=1&limit[$gt]=&__proto__[x]=1&constructor.prototype.x=1&search[toString]=1`,
  }),
  'long and odd keys': (n) => ({
    method: 'GET',
    path,
    headers: {
      authorization:
        [
          `Bearer ${'x'.repeat(12_000)}`,
          'Basic eDp5',
          'Bearer',
          `Bearer ${' '.repeat(9000)}x`,
          'bearer \u00ff',
        ][n % 5] ?? '',
    },
  }),
  'the explorer': () => ({ method: 'GET', path: '/graphql', headers: { accept: 'text/html' } }),
  'health checks': () => ({ method: 'GET', path: '/health' }),
};

/** Reads a large response slowly: first nothing, then some bytes at a time. */
async function readSlowly(attacker: Attacker, socket: Socket): Promise<void> {
  socket.pause();
  const start = `GET ${path}?limit=500 HTTP/1.1`;
  socket.write(head(start, attacker).repeat(5));
  await wait(2 * duration);
  socket.destroy();
}

export const httpAttacks: Attacks = {
  ...Object.fromEntries(
    Object.entries(smuggling).map(([name, bytesOf]) => [
      `smuggling by ${name}`,
      (attacker: Attacker) =>
        attacker.repeat(
          async () => {
            const text = await attacker.exchange(bytesOf(attacker), 300);
            // An empty body may be answered 400, and the pipelined request 404: it is in plain sight, not smuggled.
            const isSplit = /^HTTP\/1\.1 (?!400)[\s\S]*HTTP\/1\.1 404/.test(text);
            expect(isSplit, text).toBe(false);
          },
          { milliseconds: shortDuration },
        ),
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(raw).map(([name, bytesOf]) => [
      name,
      (attacker: Attacker) =>
        attacker.repeat((n) => attacker.exchange(bytesOf(attacker, n), 300), {
          milliseconds: shortDuration,
        }),
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(requests).map(([name, requestOf]) => [
      name,
      (attacker: Attacker) =>
        attacker.repeat((n) => attacker.send(requestOf(n)), { milliseconds: shortDuration }),
    ]),
  ),

  'headers that arrive slowly': async (attacker) => {
    const connections = isFull ? 1000 : 300;
    const sockets = await Promise.all(Array.from({ length: connections }, () => attacker.open()));
    for (const socket of sockets) socket.write('GET /graphql HTTP/1.1\r\nHost: x\r\n');
    for (const end = Date.now() + 2 * duration; Date.now() < end; await wait(200))
      for (const socket of sockets) if (socket.writable) socket.write('X: y\r\n');
  },

  'bodies that arrive slowly': async (attacker) => {
    const connections = isFull ? 1000 : 300;
    const sockets = await Promise.all(Array.from({ length: connections }, () => attacker.open()));
    for (const socket of sockets) socket.write(post(attacker, 'Content-Length: 5000'));
    for (const end = Date.now() + 2 * duration; Date.now() < end; await wait(200))
      for (const socket of sockets) if (socket.writable) socket.write(' ');
  },

  'responses that are read slowly': async (attacker) => {
    const sockets = await Promise.all(
      Array.from({ length: isFull ? 200 : 60 }, () => attacker.open()),
    );
    await Promise.all(sockets.map((socket) => readSlowly(attacker, socket)));
  },

  pipelining: (attacker) => {
    const one = head(`GET ${path}/item_attacked_1 HTTP/1.1`, attacker);
    return attacker.repeat(() => attacker.exchange(one.repeat(200), 700), {
      milliseconds: shortDuration,
    });
  },

  'connections for one request each': (attacker) =>
    attacker.repeat(
      () => attacker.send({ method: 'GET', path: '/health', headers: { connection: 'close' } }),
      { milliseconds: shortDuration, senders: 64 },
    ),

  'connections that end in the middle': (attacker) =>
    attacker.repeat(
      async (n) => {
        const socket = await attacker.open();
        const bytes = post(attacker, `Content-Length: ${query.length}`) + query;
        socket.write(bytes.slice(0, n % bytes.length), () => socket.resetAndDestroy());
        await wait(5);
      },
      { milliseconds: shortDuration, senders: 32 },
    ),
};
