import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { project } from '../support/platform.ts';
import { build } from '../support/program.ts';

const dist = join(project, 'dist');

beforeAll(() => build());

const chunks = (): string[] => readdirSync(join(dist, 'chunks'));

it('has the licence of each package that is bundled', () => {
  const maps = ['main.js.map', ...chunks().map((name) => `chunks/${name}`)].filter((name) =>
    name.endsWith('.map'),
  );
  const sources = maps.flatMap((name) => {
    const map: { sources: string[] } = JSON.parse(readFileSync(join(dist, name), 'utf8'));
    return map.sources;
  });
  const packages = new Set(
    sources.flatMap((source) => {
      const path = source.split('node_modules/').slice(1).join('node_modules/');
      return /^(?:.*node_modules\/)?(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? [];
    }),
  );
  expect(packages).toContain('graphql-yoga');
  const hasLicence = (name: string) => existsSync(join(dist, 'licences', name));
  expect([...packages].filter((name) => !hasLicence(name))).toEqual([]);
});

it('names chunks by their content: a server that runs does not load those of another build', () => {
  expect(chunks().filter((name) => !/-[\w-]{8}\.js(\.map)?$/.test(name))).toEqual([]);
});
