import { hash } from 'node:crypto';
import { invalid } from '../errors.ts';
import type { JsonObject } from '../http/json-object.ts';
import type { RequestLike } from '../request/request-like.ts';
import type { Endpoint } from './endpoint.ts';

const digest = (text: string): string => hash('sha1', text, 'base64url');

/** The ETag (RFC 9110, section 8.8.3) of a response that depends on these parts and nothing else. */
export const etagOf = (parts: readonly unknown[]): string => `"${digest(JSON.stringify(parts))}"`;

const idDigest = (itemId: string): string => digest(itemId).slice(0, 6);

const idKey = '"id":';
const boardKey = ',"board_id":';
const valuesKey = ',"values":';
const contactKey = ',"contact":';

/**
 * The ETag of a response with one item: its version, a digest of its id, and a digest of all its data but the values. These
 * change only with the version and the time of the last write, and PostgreSQL and JavaScript put different white space
 * into them. The keys are searched as text: inside a JSON string their quotes would be escaped, and the contact is the last
 * key of its name.
 */
export function itemEtag(body: string, version: number): string {
  const idStart = body.indexOf(idKey) + idKey.length;
  const id = JSON.parse(body.slice(idStart, body.indexOf(boardKey))) as string;
  const data =
    body.slice(idStart, body.indexOf(valuesKey)) + body.slice(body.lastIndexOf(contactKey));
  return `"${version}-${idDigest(id)}-${digest(data)}"`;
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
