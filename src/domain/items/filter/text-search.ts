import { invalid } from '../../../errors.ts';
import { Prisma } from '../../../generated/prisma/client.ts';
import { fold, foldedWords, likePattern } from '../../../sql/fold.ts';

const { sql } = Prisma;

const maxSearchLength = 200;
const maxSearchWords = 10;

/** The title or some value contains the folded text: an index supports it. */
const searchHas = (folded: string): Prisma.Sql => sql`i.search LIKE ${likePattern(folded)}`;

/** Throws VALIDATION_ERROR for a text of which nothing is left to look for. */
function folded(field: string, text: string): string {
  const result = fold(text);
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

/** Every word of a search must occur in the title or in a value; see searchWords. */
export const searchConditions = (search: string | null | undefined): Prisma.Sql[] =>
  searchWords(search).map(searchHas);

/**
 * The words of a search, folded: case and accents make no difference, and wildcards are ordinary characters. Throws
 * VALIDATION_ERROR for more than 200 characters or 10 words, and for nothing to look for.
 */
export function searchWords(search: string | null | undefined): string[] {
  if (search == null) return [];
  if (search.length > maxSearchLength && [...search].length > maxSearchLength) {
    throw invalid('search', `must not be longer than ${maxSearchLength} characters`);
  }
  const words = foldedWords(search);
  if (words.length === 0 && search.trim() !== '') throw nothingLeft('search');
  if (words.length > maxSearchWords)
    throw invalid('search', `must not have more than ${maxSearchWords} words`);
  return words;
}
