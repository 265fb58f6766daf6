import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { useServer } from '../support/servers.ts';
import { useWorld } from '../support/world.ts';
import { type Profile, phone, useChromium } from './chromium.ts';

const server = useServer(useWorld());
const chromium = useChromium(server);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The pages, and what each shows when it is ready. */
const pages = [
  { path: '/', ready: 'text=ready to try' },
  { path: '/api/crm/docs', ready: '#operations-Items-listItems' },
  { path: '/graphql', ready: '.graphiql-execute-button' },
  { path: '/nowhere', ready: 'text=There is nothing here' },
];

/** The serious findings of axe on a page, as rule and element. */
async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations } = await (window as never as { axe: typeof import('axe-core') }).axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id} ${target.join(' ')}`));
  });
}

/** A missing page is an error in the console. */
const withoutNotFound = ({ problems }: Profile) =>
  problems.filter((problem) => !problem.includes('404 (Not Found)'));

const looks = [
  { look: 'desk', options: {} },
  { look: 'desk-dark', options: { colorScheme: 'dark' as const } },
  { look: 'phone', options: phone },
  { look: 'phone-dark', options: { ...phone, colorScheme: 'dark' as const } },
];

it.each(
  pages.flatMap((page) => looks.map((look) => ({ ...page, ...look }))),
)('$path on $look: no error, nothing serious for axe', async ({ path, ready, look, options }) => {
  const profile = await chromium.createProfile(options);
  const page = await profile.open(path);
  await page.locator(ready).first().waitFor();
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width).toBeLessThanOrEqual(page.viewportSize()?.width ?? 0);
  const { SCREENSHOTS: folder } = process.env;
  if (folder) await page.screenshot({ path: `${folder}/${path.replaceAll('/', '_')}-${look}.png` });
  expect(await seriousFindings(page)).toEqual([]);
  expect(withoutNotFound(profile)).toEqual([]);
});

it.each(pages)('$path takes less than a megabyte, and little on the second visit', async ({
  path,
  ready,
}) => {
  const { context, open } = await chromium.createProfile();
  const sizes = [0, 0];
  for (const visit of [0, 1]) {
    context.removeAllListeners('response');
    context.on('requestfinished', async (request) => {
      const { responseBodySize } = await request.sizes();
      sizes[visit] = (sizes[visit] ?? 0) + Math.max(responseBodySize, 0);
    });
    const page = await open(path);
    await page.locator(ready).first().waitFor();
    await page.close();
    context.removeAllListeners('requestfinished');
  }
  expect(sizes[0]).toBeGreaterThan(1000);
  expect(sizes[0]).toBeLessThan(1_000_000);
  // The explorer asks for the schema, of 225 kB; everything else is in the browser's cache.
  expect(sizes[1]).toBeLessThan(300_000);
});

it('runs the tabs of the explorer, on the second visit too', async () => {
  const { open, problems } = await chromium.createProfile();
  for (const visit of ['first', 'second']) {
    const page = await open('/graphql');
    const tabs = page.locator('.graphiql-tab');
    await expect.poll(() => tabs.count(), visit).toBe(5);
    await page.locator('.graphiql-editor-tool').getByText('"board_abc123"').waitFor();
    await page.locator('.graphiql-execute-button').click();
    await page.locator('.result-window').getByText('"Sales Pipeline"').waitFor();
    await page.close();
  }
  expect(problems).toEqual([]);
});

it('follows changes live in the explorer', async () => {
  const { open, problems } = await chromium.createProfile();
  const page = await open('/graphql');
  await page.getByRole('button', { name: 'FollowChanges' }).click();
  await page.locator('.graphiql-execute-button').click();
  const move = () =>
    fetch(`${server.url}/api/crm/boards/board_abc123/items/item_002`, {
      method: 'PUT',
      headers: { authorization: 'Bearer YOUR_API_KEY', 'content-type': 'application/json' },
      body: JSON.stringify({ title: `Live ${Math.random()}` }),
    });
  const isShown = async () => {
    await move();
    return page.locator('.result-window').getByText('UPDATED').count();
  };
  await expect.poll(isShown, { timeout: 30_000, interval: 500 }).toBeGreaterThan(0);
  await page.locator('.graphiql-execute-button').click();
  // The button ends the request of the subscription.
  const ended = `${server.url}/graphql failed: net::ERR_ABORTED`;
  expect(problems.filter((problem) => problem !== ended)).toEqual([]);
});

it('tries an endpoint of the reference, with samples in three languages', async () => {
  const { open, problems } = await chromium.createProfile();
  const page = await open('/api/crm/docs');
  const operation = page.locator('#operations-Items-listItems');
  await operation.locator('.opblock-summary-control').click();
  await operation.getByRole('button', { name: 'Execute' }).click();
  await operation.getByText('"pagination"').first().waitFor();
  for (const [language, sample] of [
    ['curl', 'Bearer YOUR_API_KEY'],
    ['JavaScript', 'await fetch'],
    ['Python', 'requests.request'],
  ] as const) {
    await operation.getByRole('heading', { name: language, exact: true }).click();
    await operation.locator('.curl-command').getByText(sample).first().waitFor();
  }
  expect(problems).toEqual([]);
});
