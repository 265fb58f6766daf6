import { expect, it } from 'vitest';
import { fold, foldedName } from '../../src/sql/fold.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();

/**
 * Every assigned character, but those for private use, and those beyond the Basic Multilingual Plane that decompose: which
 * these are depends on the version of PostgreSQL.
 */
const characters = Array.from({ length: 0x10ffff }, (_, n) => String.fromCodePoint(n + 1)).filter(
  (char) =>
    /\p{Assigned}/u.test(char) &&
    !/[\p{Co}\p{Cs}]/u.test(char) &&
    (char.length === 1 || char.normalize('NFKD') === char),
);

async function foldInDatabase(texts: readonly string[], name = 'search_fold'): Promise<string[]> {
  const rows = await world.db.$queryRawUnsafe<{ folded: string }[]>(
    `SELECT ${name}(text) AS folded FROM unnest($1::text[]) WITH ORDINALITY AS t (text, n) ORDER BY n`,
    texts,
  );
  return rows.map(({ folded }) => folded);
}

it('folds every character in TypeScript as in SQL', async () => {
  expect(characters.length).toBeGreaterThan(150_000);
  const folded = await foldInDatabase(characters);
  const differing = characters.filter((char, n) => folded[n] !== fold(char));
  expect(differing).toEqual([]);
});

it('folds a folded character to itself, and upper and lower case to the same', () => {
  const unstable = characters.filter((char) => fold(fold(char)) !== fold(char));
  expect(unstable).toEqual([]);
  // An iota below a letter is a mark, and a letter in capitals.
  const isCased = (char: string) => !/[\u0345\u037a\u1f80-\u1ffc]/.test(char);
  const cases = (char: string) => [char.toUpperCase(), char.toLowerCase()];
  const differing = characters.filter((char) =>
    cases(char).some((other) => fold(other) !== fold(char)),
  );
  expect(differing.filter(isCased)).toEqual([]);
});

it.each([
  ['Straße', 'STRASSE'],
  ['Łódź', 'lodz'],
  ['Ørsted', 'orsted'],
  ['Işık', 'ışık'],
  ['İSTANBUL', 'istanbul'],
  ['a\u200bcme', 'ACME'],
  ['Æther', 'aether'],
  ['Œuvre', 'oeuvre'],
  ['Þór', 'thor'],
  ['Đà Nẵng', 'da nang'],
  ['Ĳmuiden', 'ijmuiden'],
  ['O’Brien', "o'brien"],
  ['O´Brien', "o'brien"],
  ['“Acme”', '"acme"'],
  ['Jean–Luc', 'jean-luc'],
  ['ΣΊΣΥΦΟΣ', 'σισυφος'],
  ['ЁЛКА', 'елка'],
  ['مُحَمَّد', 'محمد'],
  ['شَـرِكة', 'شركة'],
  ['שָׁלוֹם', 'שלום'],
  ['co\u00adop\ufeff', 'coop'],
  ['ﬁle Ａｃｍｅ', 'file acme'],
  ['ᲐᲑᲒ', 'აბგ'],
  ['tab\u0007bed', 'tabbed'],
])('folds %s and %s to the same', async (text, other) => {
  expect(fold(text)).toBe(fold(other));
  expect(await foldInDatabase([text, other])).toEqual([fold(text), fold(text)]);
});

it.each([
  ['が', 'か'],
  ['क', 'कि'],
  ['ə', 'e'],
  ['ғ', 'г'],
  ['\u{1f600}', '\u{1f601}'],
  ['o', '0'],
])('keeps %s and %s apart', (text, other) => {
  expect(fold(text)).not.toBe(fold(other));
});

it('compares names in TypeScript as in SQL', async () => {
  const names = [' \u00a0Ça\u2003\t Va\u200b ', 'ça va', 'É\u0301', '\u0085x\u1680', ' ', '\ufeff'];
  expect(await foldInDatabase(names, 'folded_name')).toEqual(names.map(foldedName));
  expect(names.slice(0, 2).map(foldedName)).toEqual(['ca va', 'ca va']);
});
