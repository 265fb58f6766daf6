import { ApiError } from '../errors.ts';
import type { Operation } from './operation.ts';
import { basePath } from './routes.ts';

export interface Match {
  operation: Operation;
  /** The path's parameters, decoded. */
  path: Readonly<Record<string, string>>;
}

/** A known path with a method that it does not have; `allow` is for the header of that name. */
class MethodNotAllowed extends ApiError {
  readonly allow: string;
  constructor(method: string, allow: string) {
    super('METHOD_NOT_ALLOWED', `${method} is not possible here. Use ${allow}.`);
    this.allow = allow;
  }
}

/** Finds the row for a method and a path; a fixed part of a path goes before a parameter. */
export function createRouter(operations: readonly Operation[]) {
  const rows = operations.map((operation) => ({
    operation,
    parts: (basePath + operation.route.path).split('/'),
    fixed: operation.route.path.split('/').filter((part) => !part.startsWith(':')).length,
  }));
  rows.sort((a, b) => b.fixed - a.fixed);
  return (method: string, pathname: string): Match => {
    const given = pathname.replace(/\/$/, '').split('/');
    const matches = rows.flatMap(({ operation, parts }) => {
      const path = fill(parts, given);
      return path === undefined ? [] : [{ operation, path }];
    });
    const found = matches.find(({ operation }) => operation.route.method === method);
    if (found !== undefined) return found;
    if (matches.length === 0) throw new ApiError('NOT_FOUND', `There is nothing at ${pathname}`);
    const methods = new Set(matches.map(({ operation }) => operation.route.method));
    throw new MethodNotAllowed(method, [...methods].join(', '));
  };
}

function fill(
  parts: readonly string[],
  given: readonly string[],
): Record<string, string> | undefined {
  if (parts.length !== given.length) return undefined;
  const path: Record<string, string> = {};
  for (const [n, part] of parts.entries()) {
    const text = given[n] ?? '';
    if (!part.startsWith(':')) {
      if (part !== text) return undefined;
    } else {
      const value = decode(text);
      if (value === undefined || value === '') return undefined;
      path[part.slice(1)] = value;
    }
  }
  return path;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
