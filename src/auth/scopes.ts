import { ApiError } from '../errors.ts';

/** The permissions of a caller; each includes the ones before it. */
export const scopeNames = ['read', 'write', 'admin'] as const;

export type Scope = (typeof scopeNames)[number];

/** A scope and those that it includes. */
export const scopesUpTo = (highest: Scope): Scope[] =>
  scopeNames.slice(0, scopeNames.indexOf(highest) + 1);

/** Throws FORBIDDEN where a caller does not have the scope. */
export function requireScope({ scopes }: { scopes: readonly string[] }, scope: Scope): void {
  if (!scopes.includes(scope))
    throw new ApiError(
      'FORBIDDEN',
      `Your key or token does not have the scope ${scope}. Use one that has it.`,
    );
}
