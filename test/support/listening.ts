import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll } from 'vitest';
import { listen, type RunningServer } from '../../src/http/server.ts';
import { demoKey } from '../../src/seed/demo.ts';
import type { World } from './world.ts';

export interface RawRequest {
  method?: string;
  target: string;
  version?: '1.0' | '1.1';
  headers?: Record<string, string>;
  body?: Buffer | string;
}

export interface RawResponse {
  status: number;
  head: string;
  body: string;
}

/** A server of the world's app, to which tests send bytes that fetch would change. */
export function useRawRequests(world: World): (request: RawRequest) => Promise<RawResponse> {
  let server: RunningServer;
  beforeAll(async () => {
    server = await listen(world.app.listener, { host: '127.0.0.1', port: 0 });
  });
  afterAll(() => server.close());
  return async ({ method = 'GET', target, version = '1.1', headers = {}, body = '' }) => {
    const content = Buffer.from(body as string);
    const lines = {
      Host: 'x',
      Connection: 'close',
      Authorization: `Bearer ${demoKey}`,
      ...(content.length > 0 && { 'Content-Length': String(content.length) }),
      ...headers,
    };
    const head = [
      `${method} ${target} HTTP/${version}`,
      ...Object.entries(lines).map(([name, value]) => `${name}: ${value}`),
    ];
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(server.url).port) });
    await once(socket, 'connect');
    // Not ended: Node.js would drop the response of a half-closed connection.
    socket.write(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), content]));
    const [responseHead = '', responseBody = ''] = (await text(socket)).split('\r\n\r\n');
    return {
      status: Number(responseHead.split(' ')[1]),
      head: responseHead,
      body: responseBody,
    };
  };
}
