import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { Client, fetchExchange } from '@urql/core';
import { beforeAll, expect, it } from 'vitest';
import { useServer } from '../support/servers.ts';
import { createKey, useWorld } from '../support/world.ts';
import { recordedFetch } from './recorded-fetch.ts';
import { columnPage, lineOf, moveItem } from './typed/operations.ts';
import { callEveryEndpoint } from './typed/rest-calls.ts';

const world = useWorld();
const server = useServer(world);
const { paths } = JSON.parse(readFileSync('openapi.json', 'utf8'));

/** Runs a command of the packages in test/clients. Throws with its output. */
async function run(command: string, ...args: string[]): Promise<void> {
  const cwd = join(process.cwd(), 'test/clients');
  const program = join(cwd, 'node_modules/.bin', command);
  await promisify(execFile)(program, args, { cwd, timeout: 60_000 }).catch((error) => {
    throw new Error(`${command}: ${error.stdout}${error.stderr}`);
  });
}

beforeAll(async () => {
  await run('openapi-typescript', '../../openapi.json', '-o', 'typed/generated/openapi.ts');
  await run('gql.tada', 'generate-output', '-c', 'typed/tsconfig.json');
}, 60_000);

it('accepts calls and results that fit the types, and refuses others', () =>
  run('tsc', '-p', 'typed'));

it('has documents that fit schema.graphql', () =>
  run('gql.tada', 'check', '-c', 'typed/tsconfig.json'));

it('calls every endpoint with the types of openapi.json', async () => {
  const { key } = await createKey(world, { scope: 'admin' });
  const called = await callEveryEndpoint({ url: server.url, key });
  const endpoints = Object.entries<object>(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(called.toSorted()).toEqual(endpoints.toSorted());
});

it('pages through a column and moves an item with the types of schema.graphql', async () => {
  const { fetch } = recordedFetch(world);
  const client = new Client({
    url: 'http://gateway.test/graphql',
    fetch,
    exchanges: [fetchExchange],
  });
  const where = { boardId: 'board_abc123', columnId: 'col_004' };
  const lines: string[] = [];
  let after: string | null = null;
  do {
    const page = await client.query(columnPage, { ...where, first: 10, after }).toPromise();
    const { nodes = [], pageInfo } = page.data?.items ?? {};
    lines.push(...nodes.map(lineOf));
    after = pageInfo?.hasNextPage ? pageInfo.endCursor : null;
  } while (after !== null);
  expect(new Set(lines).size).toBe(15);
  const input = { id: 'item_001', columnName: 'Proposal', at: 'BOTTOM' as const };
  const { data, error } = await client.mutation(moveItem, { input }).toPromise();
  expect(error).toBeUndefined();
  expect(data?.moveItem?.item?.columnId).toBe('col_003');
});
