import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { openDatabase } from '../../src/postgres/client.ts';
import { clientAt } from '../support/client.ts';
import { columnOf } from '../support/crowd.ts';
import { newDatabase, urlOf } from '../support/databases.ts';
import { cleanUp, newFolder } from '../support/folders.ts';
import { longTimeouts, project } from '../support/platform.ts';
import { build, type Server, start } from '../support/program.ts';
import { freePort } from '../support/proxy.ts';
import { createKey } from '../support/world.ts';
import { useChromium } from './chromium.ts';

declare global {
  var source: EventSource;
  var titles: string[];
}

/** The page's code in the documentation, as the body of a function that returns the EventSource. */
const documented = (boardId: string): string => {
  const text = readFileSync(join(project, 'docs/live.md'), 'utf8');
  const [, code = ''] = /```js\n(const source = new EventSource[\s\S]*?)```/.exec(text) ?? [];
  expect(code).toContain('board_abc123');
  return `${code.replace('board_abc123', boardId)}; return source;`;
};

/** The page is of another server than its stream, and so of another origin. */
const pages = { url: '' };
const chromium = useChromium(pages);
let streamed: Server;
let startStreamed: () => Promise<Server>;
let createPageKey: () => Promise<string>;

beforeAll(() => build());
beforeAll(async () => {
  const database = await newDatabase();
  const DATABASE_URL = urlOf({ database });
  const env = { DATABASE_URL, DEMO: 'on' };
  const port = await freePort();
  startStreamed = () =>
    start({ folder: newFolder(), env: { ...env, PORT: `${port}` }, inOwnGroup: true });
  streamed = await startStreamed();
  pages.url = (await start({ folder: newFolder(), env })).url;
  createPageKey = async () => {
    const { db, close } = openDatabase({ ...inject('server'), database });
    const expiresAt = new Date(Date.now() + 3_600_000);
    const { key } = await createKey({ db }, { isReadOnly: true, expiresAt });
    await close();
    return key;
  };
}, longTimeouts.hookTimeout);
afterAll(cleanUp);

it(
  'an EventSource receives each change once, through a killed and a restarted server',
  async () => {
    const writer = clientAt(pages.url);
    const { boardId, ids } = await columnOf(writer, 1);
    const written: string[] = [];
    const rename = async (title: string) => {
      const body = { title };
      await writer.rest('PUT', `/boards/${boardId}/items/${ids[0]}`, { body });
      written.push(title);
    };
    const { open } = await chromium.createProfile();
    const page = await open('/health');
    const warnings: string[] = [];
    page.on('console', (message) => void warnings.push(message.text()));
    const values = [streamed.url, await createPageKey()] as const;
    await page.evaluate(
      ([code, [gateway, key]]) => {
        const apply = (rows: { fields: { after: string }[] }[]) =>
          titles.push(...rows.map(({ fields: [title] }) => title?.after ?? ''));
        globalThis.titles = [];
        globalThis.source = new Function('gateway', 'key', 'apply', code)(...[gateway, key, apply]);
      },
      [documented(boardId), values] as const,
    );
    const stateIs = (state: number) =>
      expect.poll(() => page.evaluate(() => source.readyState), { timeout: 10_000 }).toBe(state);
    const hasReceivedAll = () =>
      expect.poll(() => page.evaluate(() => titles), { timeout: 10_000 }).toEqual(written);
    const [connecting, opened, closed] = [0, 1, 2];

    await stateIs(opened);
    // It has had no event yet, and knows nevertheless where it began.
    process.kill(-streamed.pid, 'SIGKILL');
    await streamed.ended;
    await stateIs(connecting);
    await rename('while it was killed');
    streamed = await startStreamed();
    await hasReceivedAll();
    await rename('after it was killed');
    await hasReceivedAll();

    const { how } = await streamed.end();
    expect(how).toBe('exit code 0');
    await rename('while it was stopped');
    streamed = await startStreamed();
    await hasReceivedAll();
    expect(warnings.filter((text) => text === 'SERVICE_UNAVAILABLE')).toHaveLength(1);

    await page.evaluate(() => {
      source.close();
      globalThis.source = new EventSource(source.url.replace(/access_token=.*/, ''));
    });
    await stateIs(closed);
  },
  longTimeouts.testTimeout,
);
