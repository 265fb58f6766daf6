import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkJson } from '../../src/limits/json.ts';
import { runs, seed } from '../support/property-settings.ts';

const check = (text: string) => checkJson(Buffer.from(text));

it('accepts JSON of any texts', () => {
  const property = fc.property(fc.json({ maxDepth: 5, stringUnit: 'binary' }), (text) => {
    expect(() => check(text)).not.toThrow();
  });
  fc.assert(property, { numRuns: runs, seed });
});

/** Texts whose characters have a meaning in JSON. */
const texts = fc.string({ unit: fc.constantFrom('"', '\\', '[', '{', ',', ']', '}', 'é') });

it('counts levels exactly, and none in texts', () => {
  const nested = fc.record({ depth: fc.integer({ min: 0, max: 400 }), key: texts });
  const property = fc.property(nested, ({ depth, key }) => {
    const value = JSON.stringify({ [key]: [key, key] });
    const text = `${'['.repeat(depth)}${value}${']'.repeat(depth)}`;
    // The value has two levels of its own.
    if (depth + 2 <= 200) check(text);
    else expect(() => check(text)).toThrow('The body is nested more than 200 levels deep');
  });
  fc.assert(property, { numRuns: runs, seed });
});

it('counts list elements and fields, and none in texts', () => {
  const list = (length: number) => JSON.stringify(Array.from({ length }, () => ',,'));
  expect(() => check(list(250_000))).not.toThrow();
  expect(() => check(list(250_001))).toThrow(
    'The body has 250001 list elements and fields or more; the limit is 250000.',
  );
});

it.each(['"', '"\\', '{"a', '["\\"', ']]', ''])('leaves it to the parser to refuse %j', (text) => {
  expect(() => check(text)).not.toThrow();
});
