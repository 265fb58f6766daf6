import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { cleanUp, newFolder } from '../support/folders.ts';
import { longTimeouts, project } from '../support/platform.ts';
import { build, call, type Server, start } from '../support/program.ts';

vi.setConfig(longTimeouts);
afterAll(cleanUp);

let server: Server;
let url: string;
beforeAll(async () => {
  build();
  server = await start({ folder: newFolder(), env: { METRICS_PORT: '0', WORKERS: '2' } });
  url = /^Metrics {3}(\S+)$/m.exec(server.stdout())?.[1] ?? '';
});

const textOf = async () => (await fetch(url)).text();

/** The sum of a metric over the workers and its other labels. */
const sumOf = (text: string, name: string, labels = ''): number =>
  [...text.matchAll(new RegExp(`^${name}(?:\\{(.*)\\})? (\\S+)$`, 'gm'))]
    .filter(([, found = '']) => found.includes(labels))
    .reduce((sum, [, , value]) => sum + Number(value), 0);

it('serves the metrics of all workers on a port of its own', async () => {
  const statuses = await Promise.all(
    ['/boards', '/boards', '/boards/board_none', '/boards/board_abc123/items?limit=3'].map(
      async (path) => (await call(server, path)).status,
    ),
  );
  expect(statuses).toEqual([200, 200, 404, 200]);
  const query = '{ boards { nodes { id } } nothing: viewer { id } }';
  await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { authorization: 'Bearer YOUR_API_KEY', 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  await expect
    .poll(async () => sumOf(await textOf(), 'items_gateway_request_seconds_count'))
    .toBe(5);
  const text = await textOf();
  const requests = (labels: string) => sumOf(text, 'items_gateway_request_seconds_count', labels);
  expect(requests('api="rest",operation="GET /boards",status="200"')).toBe(2);
  expect(requests('api="graphql",operation="query boards"')).toBe(1);
  expect(sumOf(text, 'items_gateway_errors_total', 'code="BOARD_NOT_FOUND"')).toBe(1);
  expect(sumOf(text, 'items_gateway_rows_total', 'GET /boards/:boardId/items')).toBeGreaterThan(2);
  expect(sumOf(text, 'items_gateway_statement_seconds_count')).toBeGreaterThan(3);
  expect(sumOf(text, 'items_gateway_pool_connections')).toBeGreaterThan(0);
  const workers = new Set([...text.matchAll(/worker="(\d+)"/g)].map(([, worker]) => worker));
  expect(workers.size).toBe(2);
});

it('has no key, workspace or text of a client in a label', async () => {
  await call(server, '/boards/board_abc123/items?search=Secret');
  await call(server, '/Secret');
  await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { authorization: 'Bearer YOUR_API_KEY', 'content-type': 'application/json' },
    body: JSON.stringify({ query: 'query Secret { Secret: boards(first: 1) { totalCount } }' }),
  });
  expect(await textOf()).not.toMatch(/Secret|key_|workspace_|board_/);
});

it('has every metric of the dashboard', async () => {
  const dashboard = readFileSync(join(project, 'docs/grafana-dashboard.json'), 'utf8');
  const { panels } = JSON.parse(dashboard) as { panels: { targets: { expr: string }[] }[] };
  const names = panels
    .flatMap(({ targets }) => targets)
    .flatMap(({ expr }) => expr.match(/\b(items_gateway|nodejs|process)_\w+/g) ?? []);
  expect(names.length).toBeGreaterThan(20);
  const text = await textOf();
  const missing = names.filter(
    (name) => !text.includes(`# TYPE ${name.replace(/_(bucket|count)$/, '')} `),
  );
  expect(missing).toEqual([]);
});

it('serves nothing else there, and no metrics on the port of the API', async () => {
  const { origin } = new URL(url);
  expect((await fetch(`${origin}/graphql`)).status).toBe(404);
  expect((await fetch(url, { method: 'POST' })).status).toBe(404);
  expect((await fetch(`${server.url}/metrics`)).status).toBe(404);
});
