import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cleanUp } from '../support/folders.ts';
import { isLinux } from '../support/platform.ts';
import { aliasAttacks } from './attacks/aliases.ts';
import { bodyAttacks } from './attacks/bodies.ts';
import { downloadAttacks } from './attacks/downloads.ts';
import { graphqlAttacks } from './attacks/graphql.ts';
import { httpAttacks } from './attacks/http.ts';
import { inputAttacks } from './attacks/input.ts';
import { listAttacks } from './attacks/lists.ts';
import { readAttacks } from './attacks/reads.ts';
import { resourceAttacks } from './attacks/resources.ts';
import { streamAttacks } from './attacks/streams.ts';
import type { ResponseTimes } from './neighbour.ts';
import { type Attacks, startTarget, type Target } from './target.ts';
import { expectWithstands, isHurt, quietTimesOf } from './withstand.ts';

let target: Target;
let quiet: ResponseTimes;

async function start(): Promise<void> {
  // As many streams of one key as of the process.
  target = await startTarget({ MAX_STREAMS_PER_KEY: '2000' });
  quiet = await quietTimesOf(target);
}

beforeAll(start);
afterAll(async () => {
  await target.stop();
  await cleanUp();
});

describe.runIf(isLinux).each<[string, Attacks]>([
  ['resources', resourceAttacks],
  ['reads', readAttacks],
  ['GraphQL', graphqlAttacks],
  ['input', inputAttacks],
  ['HTTP', httpAttacks],
  ['bodies', bodyAttacks],
  ['streams', streamAttacks],
  ['lists', listAttacks],
  ['aliases', aliasAttacks],
  ['downloads', downloadAttacks],
])('the server withstands an attack on %s:', (_, attacks) => {
  it.each(Object.entries(attacks))('%s', async (name, attack) => {
    if (isHurt(target)) {
      await target.stop();
      await start();
    }
    await expectWithstands({ target, quiet }, name, attack);
  });
});

it.runIf(isLinux)('has at least 25 kinds of known attacks', () => {
  const known = { ...graphqlAttacks, ...inputAttacks, ...httpAttacks };
  expect(Object.keys(known).length).toBeGreaterThanOrEqual(25);
});
