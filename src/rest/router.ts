import { ApiError } from '../errors.ts';
import type { RestOperation } from './operation.ts';
import { basePath } from './routes.ts';

export interface Match {
  operation: RestOperation;
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
export function createRouter(operations: readonly RestOperation[]) {
  const rows = operations.map((operation) => ({
    operation,
    parts: (basePath + operation.route.path).split('/'),
    fixed: operation.route.path.split('/').filter((part) => !part.startsWith(':')).length,
  }));
  rows.sort((a, b) => b.fixed - a.fixed);
  return (method: string, pathname: string): Match => {
    const given = pathname.replace(/\/$/, '').split('/');
    const methods = new Set<string>();
    for (const { operation, parts } of rows) {
      const path = fill(parts, given);
      if (path === undefined) continue;
      if (operation.route.method === method) return { operation, path };
      methods.add(operation.route.method);
      if (operation.route.method === 'GET') methods.add('HEAD');
    }
    if (methods.size === 0) throw new ApiError('NOT_FOUND', `There is nothing at ${pathname}`);
    throw new MethodNotAllowed(method, [...methods].join(', '));
  };
}

function fill(
  parts: readonly string[],
  given: readonly string[],
): Record<string, string> | undefined {
  if (parts.length !== given.length) return undefined;
  // Most rows fall out here, before anything is decoded.
  if (!parts.every((part, n) => part.startsWith(':') || part === given[n])) return undefined;
  const path: Record<string, string> = {};
  for (const [n, part] of parts.entries()) {
    if (!part.startsWith(':')) continue;
    const value = decode(given[n] ?? '');
    if (value === undefined || value === '') return undefined;
    path[part.slice(1)] = value;
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
