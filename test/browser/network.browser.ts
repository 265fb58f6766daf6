import { expect, it } from 'vitest';
import { useServer } from '../support/servers.ts';
import { useWorld } from '../support/world.ts';
import { useChromium } from './chromium.ts';

const server = useServer(useWorld());
const chromium = useChromium(server);

it('reaches the server, and nothing else', async () => {
  const { open, problems } = await chromium.createProfile();
  const page = await open('/health');
  expect(problems).toEqual([]);
  const fetchFrom = (url: string) =>
    page.evaluate((url) => fetch(url, { mode: 'no-cors' }).then(String, String), url);
  for (const url of ['http://example.com/', 'http://localhost:1/', 'http://8.8.8.8/'])
    expect(await fetchFrom(url)).toContain('Failed to fetch');
  expect(problems.filter((problem) => problem.startsWith('requests'))).toHaveLength(3);
});
