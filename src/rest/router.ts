import { ApiError } from '../errors.ts';
import type { Endpoint } from './endpoint.ts';
import { MethodNotAllowed } from './error-response.ts';
import { basePath } from './route.ts';

interface RouteMatch {
  endpoint: Endpoint;
  /** Path parameters, decoded. */
  pathParameters: Readonly<Record<string, string>>;
}

/**
 * Returns a function that finds the endpoint for a method and a path; the one with more fixed segments wins. It throws
 * NOT_FOUND or METHOD_NOT_ALLOWED.
 */
export function createRouter(endpoints: readonly Endpoint[]) {
  const isFixed = (segment: string) => !segment.startsWith(':');
  const rows = endpoints
    .map((endpoint) => ({ endpoint, pattern: (basePath + endpoint.route.path).split('/') }))
    .sort((a, b) => b.pattern.filter(isFixed).length - a.pattern.filter(isFixed).length);
  return (method: string, pathname: string): RouteMatch => {
    const segments = pathname.replace(/\/$/, '').split('/');
    const allowed = new Set<string>();
    for (const { endpoint, pattern } of rows) {
      const pathParameters = matchPath(pattern, segments);
      if (pathParameters === undefined) continue;
      if (endpoint.route.method === method) return { endpoint, pathParameters };
      allowed.add(endpoint.route.method);
      if (endpoint.route.method === 'GET') allowed.add('HEAD');
    }
    if (allowed.size === 0)
      throw new ApiError(
        'NOT_FOUND',
        `There is nothing at ${pathname}. ${basePath}/docs and ${basePath}/openapi.json have all endpoints.`,
      );
    throw new MethodNotAllowed(method, [...allowed].join(', '), deletionOfMany(method, segments));
  };

  /** How to delete an object that only a request for several deletes: `, or DELETE /contacts with contact_ids`. */
  function deletionOfMany(method: string, segments: readonly string[]): string {
    const list = segments.slice(0, -1);
    const row = rows.find(
      ({ endpoint, pattern }) =>
        endpoint.route.method === method && matchPath(pattern, list) !== undefined,
    );
    const ids = [...(row?.endpoint.parameters ?? [])].find((name) => name.endsWith('_ids'));
    if (method !== 'DELETE' || ids === undefined) return '';
    return `, or DELETE ${list.join('/')} with ${ids}`;
  }
}

/** The path parameters; undefined if the path does not match. */
function matchPath(
  pattern: readonly string[],
  segments: readonly string[],
): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  // Fixed segments are compared first: they rule out most rows without decoding.
  if (!pattern.every((part, n) => part.startsWith(':') || part === segments[n])) return undefined;
  const parameters: Record<string, string> = {};
  for (const [n, part] of pattern.entries()) {
    if (!part.startsWith(':')) continue;
    const value = decodeSegment(segments[n] ?? '');
    if (value === undefined || value === '') return undefined;
    parameters[part.slice(1)] = value;
  }
  return parameters;
}

function decodeSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
