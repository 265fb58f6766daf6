import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

// Import cycles and imports across areas are checked by Biome: see walls.test.ts.

const source = fileURLToPath(new URL('../../src', import.meta.url));

const files = readdirSync(source, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(source, join(entry.parentPath, entry.name)))
  .filter((file) => !file.startsWith(`generated${sep}`));

const linesOf = (file: string): string[] => readFileSync(join(source, file), 'utf8').split('\n');

/** The keys that more than `limit` files have. */
function crowded(keyOf: (file: string) => string, limit: number): string[] {
  const counts = new Map<string, number>();
  for (const key of files.map(keyOf)) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts].filter(([, count]) => count > limit).map(([key]) => key);
}

it('has at most 250 lines in a file', () => {
  expect(files.filter((file) => linesOf(file).length - 1 > 250)).toEqual([]);
});

it('has at most 8 files in the root', () => {
  expect(files.filter((file) => dirname(file) === '.').length).toBeLessThanOrEqual(8);
});

it('has at most 20 files in a folder', () => {
  expect(crowded(dirname, 20)).toEqual([]);
});

it('has no two files of one name in an area', () => {
  const inArea = (file: string) => `${file.split(sep)[0]}: ${basename(file)}`;
  expect(crowded((file) => (dirname(file) === '.' ? file : inArea(file)), 1)).toEqual([]);
});

it('begins no comment with a word that leaves its subject unnamed', () => {
  const riddle = /^\s*(\/\*\*|\*|\/\/) (What|Who|Whoever|Those|So long|So many)\b/;
  const comments = files.flatMap((file) =>
    linesOf(file)
      .filter((line, n, lines) => {
        // A line in the middle of a comment does not begin it.
        const isContinued =
          /^\s*(\*|\/\/) /.test(line) && /^\s*(\*|\/\/) \S/.test(lines[n - 1] ?? '');
        return riddle.test(line) && !isContinued;
      })
      .map((line) => `${file}: ${line.trim()}`),
  );
  expect(comments).toEqual([]);
});
