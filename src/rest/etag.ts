import { hash } from 'node:crypto';
import { invalid } from '../errors.ts';

const digest = (text: string): string => hash('sha1', text, 'base64url');

/** An entity tag (RFC 9110, section 8.8.3) of all that an answer depends on. */
export const etagOf = (parts: readonly unknown[]): string => `"${digest(JSON.stringify(parts))}"`;

const markOf = (itemId: string): string => digest(itemId).slice(0, 6);

/**
 * The tag of a reply that is an item: its version and a mark of its id, which can be read back, and a digest of all that
 * the reply says, however it is spaced.
 */
export function itemEtag(body: string): string {
  const { data } = JSON.parse(body) as { data: { id: string; version: number } };
  return `"${data.version}-${markOf(data.id)}-${digest(JSON.stringify(data))}"`;
}

const tagsIn = (header: string): string[] => header.match(/(?:W\/)?"[^"]*"/g) ?? [];

const strong = (tag: string): string => tag.replace(/^W\//, '');

/** Whether `If-None-Match` names the tag: the caller has the answer already. */
export const matchesEtag = (header: string | null, tag: string): boolean =>
  header !== null &&
  (header.trim() === '*' || tagsIn(header).some((known) => strong(known) === tag));

/** No item's version. */
const never = -1;

/**
 * The version that `If-Match` asks an item for; undefined where any will do. A proxy that compresses may have made the tag
 * a weak one. Throws VALIDATION_ERROR for what no item ever had as its tag: it cannot have been read from one.
 */
export function versionFromIfMatch(header: string, itemId: string): number | undefined {
  if (header.trim() === '*') return undefined;
  const [, version, mark] = /^"(\d{1,9})-([\w-]{6})-[\w-]{27}"$/.exec(strong(header.trim())) ?? [];
  if (version === undefined)
    throw invalid('If-Match', 'must be the one ETag that the item was read with, or *');
  return mark === markOf(itemId) ? Number(version) : never;
}
