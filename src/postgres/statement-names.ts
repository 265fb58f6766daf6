import { LRUCache } from 'lru-cache';

/** Names no statement: prepared ones belong to a session, which a pooler may give to another client. */
export const unnamed = (): string => '';

/** Statements with this text in a comment get a custom plan: they are not prepared, so they are planned each time. */
export const customPlan = 'custom plan';

/** Each connection of the pool keeps the plans of all named statements in memory, until it is closed. */
const maxNames = 300;
/** Characters of a named statement: the longest of ordinary requests has about half of them. */
const maxNamedLength = 4000;

/**
 * Returns a function that names prepared statements. The same text always gets the same name, once it is used a second
 * time. Long texts, and all new ones when the names are used up, get '' (not prepared), so that no client can fill the
 * memory of the connections with statements.
 */
export function statementNames(): (sql: string) => string {
  const names = new Map<string, string>();
  const seen = new LRUCache<string, true>({ max: 300 });
  return (sql) => {
    const existing = names.get(sql);
    if (existing !== undefined) return existing;
    if (names.size >= maxNames || sql.length > maxNamedLength || sql.includes(customPlan))
      return '';
    if (!seen.has(sql)) {
      seen.set(sql, true);
      return '';
    }
    seen.delete(sql);
    const name = `s${names.size}`;
    names.set(sql, name);
    return name;
  };
}
