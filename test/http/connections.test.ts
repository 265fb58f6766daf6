import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished, vi } from 'vitest';
import { listen } from '../../src/http/server.ts';
import { demoKey } from '../../src/seed/demo.ts';
import { serve } from '../support/servers.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();

/** Opens a connection and sends `head`. */
async function open(url: string, head = ''): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  socket.write(head);
  return socket;
}

/** Opens connections that read what they receive, so that they notice when they are closed. */
const openMany = (url: string, count: number, head?: string): Promise<Socket[]> =>
  Promise.all(Array.from({ length: count }, async () => (await open(url, head)).resume()));

/** Sends a request on a new connection, and closes it. */
async function statusOf(url: string): Promise<number> {
  const agent = new Agent();
  const request = get(`${url}/api/crm/boards`, { agent, headers: { api_key: 'YOUR_API_KEY' } });
  const [response] = await once(request, 'response');
  await text(response);
  return response.statusCode;
}

const halfOpen = [
  ['nothing', ''],
  ['half of its headers', 'GET /api/crm/boards HTTP/1.1\r\nHost: x\r\n'],
  ['half of its body', 'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{'],
] as const;

it.each(
  halfOpen,
)('serves new clients although connections that sent %s fill it', async (_, head) => {
  const url = await serve(world, { maxConnections: 100, maxConnectionsPerAddress: 0 });
  const sockets = await openMany(url, 500, head);
  for (let n = 0; n < 20; n += 1) expect(await statusOf(url)).toBe(200);
  await vi.waitFor(() =>
    expect(sockets.filter(({ destroyed }) => !destroyed).length).toBeLessThanOrEqual(100),
  );
});

it('closes the oldest half-open connection first', async () => {
  const url = await serve(world, { maxConnections: 10, maxConnectionsPerAddress: 0 });
  const sockets: Socket[] = [];
  for (let n = 0; n < 10; n += 1) sockets.push(await open(url));
  const [oldest] = sockets;
  const closed = once(oldest as Socket, 'close');
  expect(await statusOf(url)).toBe(200);
  await closed;
  expect(sockets.slice(1).filter(({ destroyed }) => destroyed)).toEqual([]);
});

it('keeps connections of one address within their limit', async () => {
  const url = await serve(world, { maxConnections: 1000, maxConnectionsPerAddress: 20 });
  const sockets = await openMany(url, 60);
  expect(await statusOf(url)).toBe(200);
  await vi.waitFor(() => expect(sockets.filter(({ destroyed }) => destroyed)).toHaveLength(41));
});

/** Locks the boards, so that requests wait. Returns the function that unlocks them. */
async function lockBoards(): Promise<() => Promise<void>> {
  let release: (() => void) | undefined;
  const transaction = world.db.$transaction(async (tx) => {
    await tx.$executeRaw`LOCK TABLE board IN ACCESS EXCLUSIVE MODE`;
    await new Promise<void>((resolve) => {
      release = resolve;
    });
  });
  await vi.waitFor(() => expect(release).toBeDefined());
  return async () => {
    release?.();
    await transaction;
  };
}

const untilOneWaits = () =>
  vi.waitFor(async () =>
    expect(await world.db.$queryRaw`SELECT 1 FROM pg_locks WHERE NOT granted`).not.toEqual([]),
  );

it('closes no connection with a request in flight for a new one', async () => {
  const limits = { maxConnections: 5, maxConnectionsPerAddress: 0 };
  const served = world.withOptions(limits);
  const url = await serve({ withOptions: () => served }, limits);
  const unlock = await lockBoards();
  const statuses = Array.from({ length: 5 }, () => statusOf(url));
  await vi.waitFor(() => expect(served.app.load().inFlight.requests).toBe(5));
  await expect(statusOf(url)).rejects.toThrow(/hang up|ECONNRESET/);
  await unlock();
  expect(await Promise.all(statuses)).toEqual([200, 200, 200, 200, 200]);
});

it('closes the connection that is idle longest for a new one', async () => {
  const url = await serve(world, { maxConnections: 3, maxConnectionsPerAddress: 0 });
  const request = 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n';
  const sockets: Socket[] = [];
  for (let n = 0; n < 3; n += 1) {
    const socket = await open(url, request);
    await once(socket, 'data');
    sockets.push(socket);
  }
  sockets[0]?.write(request);
  await once(sockets[0] as Socket, 'data');
  const closed = once(sockets[1] as Socket, 'close');
  expect(await statusOf(url)).toBe(200);
  await closed;
});

it('answers with Connection: close while it stops, and closes idle connections', async () => {
  const { url, close } = await listen(world.app.listener, { host: '127.0.0.1', port: 0 });
  const head = (path: string) =>
    `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${demoKey}\r\n\r\n`;
  const [kept, idle, silent] = await Promise.all([
    open(url, head('/health')),
    open(url, head('/health')),
    open(url),
  ]);
  for (const socket of [kept, idle]) {
    const [first] = await once(socket, 'data');
    expect(`${first}`).toMatch(/^HTTP\/1.1 200 .*\r\nConnection: keep-alive\r\n/s);
  }
  const unlock = await lockBoards();
  const running = await open(url, head('/api/crm/boards'));
  await untilOneWaits();
  const since = performance.now();
  const closed = close();
  kept.write(head('/health'));
  expect(await text(kept)).toMatch(/^HTTP\/1.1 200 .*\r\nConnection: close\r\n/s);
  await expect(open(url)).rejects.toThrow('ECONNREFUSED');
  expect(await Promise.all([text(idle), text(silent)])).toEqual(['', '']);
  await unlock();
  expect(await text(running)).toMatch(/^HTTP\/1.1 200 .*\r\nConnection: close\r\n/s);
  await closed;
  expect(performance.now() - since).toBeLessThan(8000);
});
