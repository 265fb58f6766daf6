import { serverAudits } from 'graphql-http';
import { expect, it } from 'vitest';
import { demoKey } from '../../src/seed/demo.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();

const audits = serverAudits({
  url: 'http://gateway.test/graphql',
  fetchFn: (url: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${demoKey}`);
    return world.app.fetch(url, { ...init, headers });
  },
});

it.each(audits)('passes the audit $id: $name', async ({ fn }) => {
  expect(await fn()).toMatchObject({ status: 'ok' });
});
