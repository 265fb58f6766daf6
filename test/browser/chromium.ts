import process from 'node:process';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';

/** Debian's Chromium; `CHROMIUM` names another one. */
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** It connects to this machine only: no other name and no other address can be reached. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

/** A profile of its own: what its pages store is there for later pages of the same profile. */
export interface Profile {
  context: BrowserContext;
  /** Errors and warnings of the console, uncaught errors, failed requests, and requests to other servers. */
  problems: string[];
  open(path: string): Promise<Page>;
}

export interface Chromium {
  /** Creates a profile, which is deleted when the test has ended. */
  createProfile(options?: BrowserContextOptions): Promise<Profile>;
}

/** A phone with a narrow screen. */
export const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
};

/** Starts Chromium for the tests of a file. Its profiles open the pages of `server`. */
export function useChromium(server: { url: string }): Chromium {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args });
  });
  afterAll(() => browser.close());
  return {
    async createProfile(options = {}) {
      const context = await browser.newContext(options);
      onTestFinished(() => context.close());
      const problems: string[] = [];
      context.on('page', (page) => recordProblems(page, server, problems));
      const open = async (path: string) => {
        const page = await context.newPage();
        await page.goto(server.url + path);
        return page;
      };
      return { context, problems, open };
    },
  };
}

function recordProblems(page: Page, server: { url: string }, problems: string[]): void {
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text());
  });
  page.on('pageerror', (error) => void problems.push(String(error)));
  page.on('requestfailed', (request) => {
    problems.push(`${request.url()} failed: ${request.failure()?.errorText}`);
  });
  page.on('request', (request) => {
    const url = request.url();
    const isInline = /^(?:data|blob):/.test(url);
    if (!isInline && new URL(url).origin !== server.url) problems.push(`requests ${url}`);
  });
}
