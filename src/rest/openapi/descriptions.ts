import { toSnakeCase } from '../names.ts';

/** The words of GraphQL that have another name in all of REST. */
const renamed: Readonly<Record<string, string>> = { endCursor: 'next_cursor', first: 'limit' };

/** A description of the GraphQL schema, with the names in it as REST has them: `columnId` is `column_id`. */
export const inRestWords = (
  description: string | null | undefined,
  names: ReadonlyMap<string, string> = new Map(),
): string =>
  (description ?? '').replace(
    /`([a-z][a-zA-Z]*)`/g,
    (_, name: string) => `\`${names.get(name) ?? renamed[name] ?? toSnakeCase(name)}\``,
  );

/** An operation's name as words: `listItems` is "List items". */
export function titleOf(name: string): string {
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
