import { hash } from 'node:crypto';
import { invalid } from '../errors.ts';
import type { JsonObject } from '../http/json-object.ts';
import type { RequestLike } from '../request/request-like.ts';
import type { Endpoint } from './endpoint.ts';

const digest = (text: string): string => hash('sha1', text, 'base64url');

/** The ETag (RFC 9110, section 8.8.3) of a response that depends on these parts and nothing else. */
export const etagOf = (parts: readonly unknown[]): string => `"${digest(JSON.stringify(parts))}"`;

const idDigest = (itemId: string): string => digest(itemId).slice(0, 6);

/**
 * The ETag of a response with one item: its version, a digest of its id, and a digest of all its data. The data is parsed
 * first, since PostgreSQL and JavaScript put different white space into JSON.
 */
export function itemEtag(body: string): string {
  const { data } = JSON.parse(body) as { data: { id: string; version: number } };
  return `"${data.version}-${idDigest(data.id)}-${digest(JSON.stringify(data))}"`;
}

/** Removes the mark of a weak ETag: proxies that compress set it. */
const toStrong = (etag: string): string => etag.replace(/^W\//, '');

/** True if an `If-None-Match` header lists the ETag, or is `*`. */
export function matchesEtag(header: string | null, etag: string): boolean {
  if (header === null) return false;
  const etags: string[] = header.match(/(?:W\/)?"[^"]*"/g) ?? [];
  return header.trim() === '*' || etags.some((listed) => toStrong(listed) === etag);
}

/**
 * Returns the parameters with `expected_version` from the `If-Match` header of a write. Throws VALIDATION_ERROR where the
 * header cannot be honoured, so that no precondition is ignored.
 */
export function applyIfMatch(
  { route, variableTypes }: Endpoint,
  { headers }: RequestLike,
  parameters: JsonObject,
): JsonObject {
  const header = headers.get('if-match');
  if (header === null || route.method === 'GET') return parameters;
  if (!variableTypes.has('expected_version'))
    throw invalid(
      'If-Match',
      'is not understood here; use expected_version in the body of a batch',
    );
  const version = versionFromIfMatch(header, String(parameters.itemId));
  if (version === undefined) return parameters;
  if ((parameters.expected_version ?? version) !== version)
    throw invalid('expected_version', 'is another version than that of If-Match');
  return { ...parameters, expected_version: version };
}

/** A version that no item has. */
const noVersion = -1;

/** Undefined for `*`, which any version matches. Throws VALIDATION_ERROR for text that is no ETag of an item. */
function versionFromIfMatch(header: string, itemId: string): number | undefined {
  if (header.trim() === '*') return undefined;
  const [, version, id] = /^"(\d{1,9})-([\w-]{6})-[\w-]{27}"$/.exec(toStrong(header.trim())) ?? [];
  if (version === undefined)
    throw invalid('If-Match', 'must be the one ETag that the item was read with, or *');
  return id === idDigest(itemId) ? Number(version) : noVersion;
}
