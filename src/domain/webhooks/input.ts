import { invalid } from '../../errors.ts';
import type { Webhook } from '../../generated/prisma/client.ts';
import { WholeDay } from '../../limits/iso-8601.ts';
import type { ItemFilter } from '../items/filter/filter.ts';
import { checkText } from '../validation.ts';

export interface WebhookFields {
  url?: string | null | undefined;
  description?: string | null | undefined;
  /** Empty for all boards. */
  boardIds?: readonly string[] | null | undefined;
  /** Empty for all events. */
  events?: readonly string[] | null | undefined;
  /** Only changes of items that match before or after. */
  filter?: ItemFilter | null | undefined;
}

/** Contacts belong to no board: they are followed where an event of theirs is asked for, or everything is. */
export const followsContacts = ({
  boardIds,
  events,
}: Pick<Webhook, 'boardIds' | 'events'>): boolean =>
  events.some((event) => event.startsWith('CONTACT_')) ||
  (events.length === 0 && boardIds.length === 0);

const maxUrlLength = 2000;
export const maxBoards = 50;

/** Throws VALIDATION_ERROR. `allowsPrivate` also allows plain HTTP. */
export function checkWebhook(
  { url, description, boardIds }: WebhookFields,
  allowsPrivate: boolean,
): void {
  if (url !== undefined) checkUrl(url, allowsPrivate);
  checkText('description', description, { max: 500, mayBeEmpty: true });
  if (boardIds != null && boardIds.length > maxBoards)
    throw invalid('boardIds', `must not be more than ${maxBoards}; leave it empty for all boards`);
}

function checkUrl(text: string | null, allowsPrivate: boolean): void {
  checkText('url', text, { max: maxUrlLength });
  const url = text !== null && URL.canParse(text) ? new URL(text) : undefined;
  if (
    url === undefined ||
    !(url.protocol === 'https:' || (allowsPrivate && url.protocol === 'http:'))
  )
    throw invalid('url', `must be an ${allowsPrivate ? 'http or ' : ''}https URL, not '${text}'`);
  if (url.username !== '' || url.password !== '')
    throw invalid('url', 'must not contain a user name or password: verify the signature instead');
}

/** A filter as it is stored: its times are text, and a bare date stays one. */
export const filterToJson = (filter: ItemFilter): object =>
  JSON.parse(JSON.stringify(filter)) as object;

/** The filter of a stored webhook. */
export function storedFilter(json: unknown): ItemFilter | undefined {
  if (json == null) return undefined;
  return JSON.parse(JSON.stringify(json), (key, value: unknown) =>
    times.has(key) && typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value).map(([name, time]) => [name, time && timeOf(String(time))]),
        )
      : value,
  ) as ItemFilter;
}

const times = new Set(['createdAt', 'updatedAt']);

const timeOf = (text: string): Date => (text.includes('T') ? new Date(text) : new WholeDay(text));
