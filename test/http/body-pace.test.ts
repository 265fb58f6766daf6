import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { serve } from '../support/servers.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();
const mebi = 1024 * 1024;

async function open(url: string): Promise<{ socket: Socket; received: () => string }> {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  let text = '';
  socket.on('data', (part) => {
    text += part.toString('latin1');
  });
  return { socket, received: () => text };
}

const post = (length: number, key = ''): string =>
  `POST /graphql HTTP/1.1\r\nHost: x\r\n${key}Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
const key = 'Authorization: Bearer YOUR_API_KEY\r\n';
const next = 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n';

it.each([
  ['no key', '', 401],
  ['a key', key, 413],
])('reads a refused body with %s to its end, and serves the next request', async (_, line, status) => {
  const { socket, received } = await open(await serve(world, {}));
  socket.write(post(10 * mebi, line));
  socket.write(Buffer.alloc(10 * mebi, ' '));
  socket.write(next);
  await vi.waitFor(
    () => expect(received()).toMatch(new RegExp(`^HTTP/1.1 ${status} .*HTTP/1.1 200 `, 's')),
    { timeout: 10_000, interval: 20 },
  );
});
