import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { limitRequestTime } from '../../src/http/protection/slow-requests.ts';

const limits = { timeout: 400, checkInterval: 10 };

/** A server that handles each request by `handle`, and reports those that are refused. */
async function serve(handle: (message: IncomingMessage) => void) {
  const refused = vi.fn();
  const server: Server = createServer((message, response) => {
    handle(message);
    message.on('end', () => response.end('done'));
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    refused(error.code);
    socket.destroy();
  });
  limitRequestTime(server, limits);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  return { socket, refused };
}

const head = (length: number) => `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`;

it('refuses a body that does not arrive', async () => {
  const { socket, refused } = await serve((message) => message.resume());
  const began = performance.now();
  socket.write(`${head(100)}half`);
  await vi.waitFor(() => expect(refused).toHaveBeenCalledWith('ERR_HTTP_REQUEST_TIMEOUT'));
  expect(performance.now() - began).toBeGreaterThan(limits.timeout * 0.9);
});

it('lets a large body take longer', async () => {
  const { socket, refused } = await serve((message) => message.resume());
  const size = 4 * 1024 * 1024;
  const began = performance.now();
  socket.write(head(size + 1));
  socket.write(Buffer.alloc(size));
  await vi.waitFor(() => expect(refused).toHaveBeenCalled(), { timeout: 10_000 });
  expect(performance.now() - began).toBeGreaterThan(limits.timeout * 4);
});

it('does not count the time in which the server does not read', async () => {
  let resume = () => {};
  const { socket, refused } = await serve((message) => {
    // Reads a first part, and leaves the rest in its buffer.
    message.once('readable', () => message.read(1));
    resume = () => void message.resume();
  });
  socket.write(`${head(2000)}${'x'.repeat(1000)}`);
  // Three times as long as a body may take.
  const began = performance.now();
  await vi.waitUntil(() => performance.now() - began > limits.timeout * 3, {
    interval: 10,
    timeout: 10_000,
  });
  expect(refused).not.toHaveBeenCalled();
  socket.write('x'.repeat(1000));
  resume();
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toContain('done');
});
