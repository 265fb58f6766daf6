import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeText } from '../../src/transfer/decode-text.ts';
import { guessDelimiter } from '../../src/transfer/delimiter.ts';
import { runs, seed } from '../support/property-settings.ts';

/** The text of bytes that arrive in pieces of these lengths. */
async function decoded(bytes: Buffer, lengths: readonly number[], encoding?: string) {
  async function* pieces() {
    let at = 0;
    for (const length of lengths) {
      yield bytes.subarray(at, at + length);
      at += length;
    }
    yield bytes.subarray(at);
  }
  let text = '';
  for await (const part of decodeText(pieces(), encoding)) text += part;
  return text;
}

const lengths = fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 40 });
/** Text with ASCII before it, in which the encoding is not yet known. */
const textOf = (characters: string) =>
  fc.tuple(
    fc.string({ unit: fc.constantFrom(...'abc;\n'), maxLength: 30 }),
    fc.string({ unit: fc.constantFrom(...characters), maxLength: 30 }),
  );

it('decodes UTF-8 in any pieces, with and without a mark', async () => {
  const property = fc.asyncProperty(textOf('aé€😀\n'), lengths, fc.boolean(), async (...drawn) => {
    const [parts, pieces, hasMark] = drawn;
    const text = parts.join('');
    // Without a mark, a piece that ends within the first character leaves the encoding open.
    const bytes = Buffer.from((hasMark ? '\ufeff' : '') + text);
    expect(await decoded(bytes, pieces)).toBe(text);
  });
  await fc.assert(property, { seed, numRuns: runs });
});

it('decodes windows-1252 in any pieces', async () => {
  const bytesOf = (text: string) => Buffer.from(text.replaceAll('€', '\u0080'), 'latin1');
  // Two letters of windows-1252 that follow each other can be one of UTF-8.
  const property = fc.asyncProperty(textOf('äöüß'), lengths, async (parts, pieces) => {
    const text = `${parts.join('')}Müller €`;
    expect(await decoded(bytesOf(text), pieces)).toBe(text);
    expect(await decoded(bytesOf(text), pieces, 'windows-1252')).toBe(text);
  });
  await fc.assert(property, { seed, numRuns: runs });
});

it('decodes UTF-16 with a mark', async () => {
  expect(await decoded(Buffer.from('\ufeffä;€\n', 'utf16le'), [1, 1, 3])).toBe('ä;€\n');
});

it('refuses bytes that are not of the encoding', async () => {
  const late = Buffer.concat([
    Buffer.from('ä'.repeat(10)),
    Buffer.from('ä', 'latin1'),
    Buffer.from('x'),
  ]);
  await expect(decoded(late, [10])).rejects.toThrow('encoding is not utf-8');
  await expect(decoded(late, [], 'klingon')).rejects.toThrow('must be an encoding');
});

it.each([
  ['a,b\n1,2\n', ','],
  ['Name;Wert\n"a,b,c";1,5\nx;2,5\n', ';'],
  ['a\tb, c\n1\t2\n', '\t'],
  ['Name, Vorname;Wert;x\nMüller;1;2\n', ';'],
  ['"a;b;c",d\n"1;2",3\n', ','],
  ['a|b\n1|2', '|'],
  ['title\nx\n', ','],
])('finds the delimiter of %j', (text, delimiter) => {
  expect(guessDelimiter(text)).toBe(delimiter);
});
