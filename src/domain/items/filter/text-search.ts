import { invalid } from '../../../errors.ts';
import { Prisma } from '../../../generated/prisma/client.ts';
import { foldedWords, likePattern } from '../../../sql/fold.ts';
import { checkedOperand, foldedOperand } from '../../../sql/operand.ts';

const { sql } = Prisma;

/** As long as a title, so that any title can be pasted. */
export const maxSearchLength = 500;
/** The number of words that are looked up in the index; the rows that have them are checked for all other words. */
const maxIndexedWords = 10;

/** The title or some value contains the folded text: an index supports it. */
const searchHas = (folded: string): Prisma.Sql => sql`i.search LIKE ${likePattern(folded)}`;

/** Throws VALIDATION_ERROR for a text that is too long, or of which nothing is left to look for. */
function folded(field: string, text: string): string {
  const result = foldedOperand(field, text);
  if (result === '' && text !== '') throw nothingLeft(field);
  return result;
}

const nothingLeft = (field: string) =>
  invalid(
    field,
    'must have a letter, a digit or a sign: accents alone and invisible characters find nothing',
  );

/** The text, which is part of the item's search text, contains another. Never NULL. */
export function containsFolded(field: string, text: Prisma.Sql, part: string): Prisma.Sql {
  const word = folded(field, part);
  return sql`(${searchHas(word)} AND coalesce(search_fold(${text}) LIKE ${likePattern(word)}, FALSE))`;
}

/** The text, which is part of the item's search text, starts with another. Never NULL. */
export function startsWithFolded(field: string, text: Prisma.Sql, part: string): Prisma.Sql {
  const word = folded(field, part);
  return sql`(${searchHas(word)} AND coalesce(starts_with(search_fold(${text}), ${word}), FALSE))`;
}

/** The name, which no index has, contains or starts with another. */
export function nameConditions(
  field: string,
  name: Prisma.Sql,
  {
    contains,
    startsWith,
  }: { contains?: string | null | undefined; startsWith?: string | null | undefined },
): Prisma.Sql[] {
  return [
    ...(contains == null
      ? []
      : [sql`search_fold(${name}) LIKE ${likePattern(folded(field, contains))}`]),
    ...(startsWith == null
      ? []
      : [sql`starts_with(search_fold(${name}), ${folded(field, startsWith)})`]),
  ];
}

/**
 * Every word of a search must occur in the folded text, whatever its case and accents; the longest words, which find the
 * fewest rows, come first. Wildcards are ordinary characters. Throws VALIDATION_ERROR for more than 500 characters, and
 * for nothing to look for.
 */
export function searchConditions(
  text: Prisma.Sql,
  search: string | null | undefined,
): Prisma.Sql[] {
  if (search == null) return [];
  const words = [...new Set(foldedWords(checkedOperand('search', search, maxSearchLength)))];
  if (words.length === 0 && search.trim() !== '') throw nothingLeft('search');
  const patterns = words.sort((a, b) => b.length - a.length).map(likePattern);
  const others = patterns.slice(maxIndexedWords);
  return [
    ...patterns.slice(0, maxIndexedWords).map((pattern) => sql`${text} LIKE ${pattern}`),
    ...(others.length === 0 ? [] : [sql`${text} LIKE ALL(${others}::text[])`]),
  ];
}
