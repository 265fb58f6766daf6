import type { Page } from 'playwright-core';
import { expect, it, vi } from 'vitest';
import { createBoard } from '../support/boards.ts';
import { useIssuer } from '../support/issuer.ts';
import { useServer } from '../support/servers.ts';
import { useWorld } from '../support/world.ts';
import { useChromium } from './chromium.ts';
import { useLoginServer } from './login-server.ts';

const world = useWorld();
const issuer = useIssuer();
let board = '';
const site = useLoginServer(issuer, () => ({ gateway: gateway.url, board }));
const gateway = useServer(world, () => ({
  tokens: issuer.settings,
  access: { corsOrigins: [site.url], explorer: false, introspection: true },
}));
const chromium = useChromium(site);

/** Signs a person in, in a browser profile of their own. */
async function signIn(name: string): Promise<Page> {
  const { open } = await chromium.createProfile();
  const page = await open('/');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel('Name').fill(name);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText(name).waitFor();
  return page;
}

const move = (page: Page, title: string, column: string) =>
  page.getByLabel(`Column of ${title}`).selectOption({ label: column }, { timeout: 2000 });

const historyOf = (page: Page) => page.locator('#history li').allTextContents();

it('signs two people in, who move cards and see each other in the history', async () => {
  board = (await createBoard(world, { New: ['Acme', 'Globex'], Won: [] })).id;
  const [ann, ben] = [await signIn('Ann'), await signIn('Ben')];
  await move(ann, 'Acme', 'Won');
  await ben.locator('#history li', { hasText: 'Ann moved item' }).waitFor();
  await ben.locator('section', { hasText: 'Won' }).getByText('Acme').waitFor();
  await move(ben, 'Globex', 'Won');
  await ann.locator('#history li', { hasText: 'Ben moved item' }).waitFor();
  expect(await historyOf(ann)).toEqual(['Ben moved item', 'Ann moved item']);
  const { body } = await world.rest<{ by: { name: string } }[]>('GET', `/boards/${board}/changes`);
  expect(body.data.slice(-2).map(({ by }) => by.name)).toEqual(['Ann', 'Ben']);
  // The address has no code, and no storage has a token.
  expect(ann.url()).toBe(`${site.url}/`);
  const stored = await ann.evaluate(() =>
    JSON.stringify([{ ...localStorage }, { ...sessionStorage }]),
  );
  expect(stored).toBe('[{},{}]');
});

it('leads back to the login when the token has expired', async () => {
  board = (await createBoard(world, { New: ['Acme'], Won: [] })).id;
  // It ended 27 seconds ago, and the clocks may differ by 30.
  site.tokenSeconds = -27;
  const page = await signIn('Ann');
  await vi.waitFor(
    async () => {
      if (await page.getByLabel('Name').isVisible()) return;
      // The page may leave in between.
      for (const column of ['Won', 'New']) await move(page, 'Acme', column).catch(() => {});
      throw new Error('still signed in');
    },
    { timeout: 30_000, interval: 200 },
  );
});

it('tells a page of another origin nothing', async () => {
  const response = await fetch(`${gateway.url}/api/crm/boards`, {
    headers: { origin: 'http://evil.example', authorization: `Bearer ${await issuer.sign()}` },
  });
  expect(response.headers.get('access-control-allow-origin')).toBeNull();
});
