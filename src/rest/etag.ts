import { hash } from 'node:crypto';
import { refuse } from './search-body.ts';

/** An entity tag (RFC 9110, section 8.8.3) of all that an answer depends on. A version in front can be read back. */
export function tagOf(parts: readonly unknown[], version?: unknown): string {
  const digest = hash('sha1', JSON.stringify(parts), 'base64url');
  return version === undefined ? `"${digest}"` : `"${version}-${digest}"`;
}

const tagsIn = (header: string): string[] => header.match(/(?:W\/)?"[^"]*"/g) ?? [];

/** Whether `If-None-Match` names the tag: the caller has the answer already. */
export const isKnown = (header: string | null, tag: string): boolean =>
  header !== null &&
  (header.trim() === '*' || tagsIn(header).some((known) => known.replace(/^W\//, '') === tag));

/**
 * The version of the item that `If-Match` asks for; undefined where any will do. Throws VALIDATION_ERROR for what no item
 * ever had as its tag: it cannot have been read from one.
 */
export function versionIn(header: string | null): number | undefined {
  if (header === null || header.trim() === '*') return undefined;
  const version = /^"(\d{1,9})-[\w-]*"$/.exec(header.trim())?.[1];
  if (version === undefined)
    throw refuse('If-Match', 'must be the one ETag that the item was read with, or *');
  return Number(version);
}
