import type { RequestListener } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { listen } from '../../src/http/server.ts';

/** Sends bytes on a connection. Returns the bodies of the responses, once the server has closed it. */
async function exchange(listener: RequestListener, bytes: string): Promise<string[]> {
  const server = await listen(listener, { host: '127.0.0.1', port: 0 });
  onTestFinished(() => server.close());
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(server.url).port) });
  socket.write(bytes);
  const responses = await text(socket).catch(() => '');
  return [...responses.matchAll(/\r\n\r\n(\d+)/g)].map(([, body = '']) => body);
}

const get = (n: number, ...headers: string[]) =>
  [`GET /${n} HTTP/1.1`, 'Host: x', ...headers, '', ''].join('\r\n');
const gets = (count: number) => Array.from({ length: count }, (_, n) => get(n)).join('');

it('runs pipelined requests one after the other, in their order', async () => {
  let running = 0;
  const order: string[] = [];
  const listener: RequestListener = async ({ url = '' }, response) => {
    running += 1;
    expect(running).toBe(1);
    order.push(url.slice(1));
    await setImmediate();
    running -= 1;
    response.setHeader('Content-Length', url.length - 1).end(url.slice(1));
  };
  const bodies = await exchange(listener, gets(100) + get(100, 'Connection: close'));
  expect(bodies).toEqual(Array.from({ length: 101 }, (_, n) => String(n)));
  expect(order).toEqual(bodies);
});

it('closes a connection on which more than 100 requests wait, and starts none of them', async () => {
  let started = 0;
  const listener: RequestListener = () => {
    started += 1;
  };
  expect(await exchange(listener, gets(200))).toEqual([]);
  expect(started).toBe(1);
});

/** A chunked body of `count` chunks of `size` bytes. */
const chunked = (count: number, size: number) =>
  get(0, 'Transfer-Encoding: chunked', 'Connection: close') +
  `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`.repeat(count) +
  '0\r\n\r\n';

const countBytes: RequestListener = async (message, response) => {
  const body = await text(message).catch(() => undefined);
  if (body !== undefined)
    response.setHeader('Content-Length', String(body.length).length).end(String(body.length));
};

it.each([
  [100, 1],
  [1000, 16],
  [50, 20_000],
])('accepts a body of %i chunks of %i bytes', async (count, size) => {
  expect(await exchange(countBytes, chunked(count, size))).toEqual([String(count * size)]);
});

it('closes the connection of a body in tiny chunks', async () => {
  expect(await exchange(countBytes, chunked(5000, 1))).toEqual([]);
});
