import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import { demoKey } from '../../src/seed/demo.ts';
import { restartTimeout } from './platform.ts';

/** One request of a load. Times are those of `performance.now()`. */
export interface LoadRequest {
  sentAt: number;
  endedAt: number;
  /** Why it failed; undefined if it succeeded. */
  failure?: string;
  /** The item that it has created. */
  createdId?: string;
}

export interface Load {
  requests: readonly LoadRequest[];
  /** Waits until `count` more requests have ended. */
  untilEnded(count: number): Promise<void>;
  /** Waits for the requests in flight. */
  stop(): Promise<void>;
}

const pause = 5;

/**
 * Sends requests over keep-alive connections, as a proxy does: each client one at a time, without repeating any.
 * Every fourth one creates an item. Client 0 waits longer than a second between two requests.
 */
export function startLoad(url: string, clients = 8): Load {
  const requests: LoadRequest[] = [];
  const agent = new Agent({ keepAlive: true });
  let isOver = false;

  function send(n: number): Promise<LoadRequest> {
    const sentAt = performance.now();
    const isWrite = n % 4 === 0;
    const path = `/api/crm/boards/board_abc123/items${isWrite ? '' : '?limit=5'}`;
    const headers = { authorization: `Bearer ${demoKey}`, 'content-type': 'application/json' };
    return new Promise((resolve) => {
      const end = (rest: Partial<LoadRequest>) =>
        resolve({ sentAt, endedAt: performance.now(), ...rest });
      const fail = (error: Error) => end({ failure: error.message });
      const method = isWrite ? 'POST' : 'GET';
      const sent = request(`${url}${path}`, { agent, method, headers, timeout: 10_000 });
      sent.on('timeout', () => sent.destroy(new Error('timeout'))).on('error', fail);
      sent.on('response', async (response) => {
        try {
          let text = '';
          for await (const chunk of response.setEncoding('utf8')) text += chunk;
          const { success, data } = JSON.parse(text);
          if (!success) end({ failure: `${response.statusCode} ${text}` });
          else end(isWrite ? { createdId: data.id } : {});
        } catch (error) {
          fail(error as Error);
        }
      });
      sent.end(isWrite ? JSON.stringify({ title: 'load' }) : undefined);
    });
  }

  async function run(client: number): Promise<void> {
    for (let n = client; !isOver; n += 1) {
      requests.push(await send(n));
      await sleep(client === 0 ? 1100 : pause);
    }
  }

  const running = Promise.all(Array.from({ length: clients }, (_, client) => run(client)));
  return {
    requests,
    untilEnded(count) {
      const enough = requests.length + count;
      const areEnded = () => expect(requests.length).toBeGreaterThan(enough);
      return vi.waitFor(areEnded, { timeout: restartTimeout, interval: 10 });
    },
    async stop() {
      isOver = true;
      await running;
      agent.destroy();
    },
  };
}
