import { invalid } from '../../errors.ts';
import { type Contact, Prisma } from '../../generated/prisma/client.ts';
import { jsonRow } from '../../sql/json-row.ts';
import { checkedOperand } from '../../sql/operand.ts';
import type { SortKey } from '../../sql/order.ts';
import { oneParent, type PageQuery, type Source, table } from '../../sql/page.ts';
import { checkedTime, type TimeFilter, timeConditions } from '../items/filter/field-conditions.ts';
import { searchConditions } from '../items/filter/text-search.ts';
import { emailKey, hasEmail, hasPhone, phoneKey } from '../readings.ts';
import { checkNoNull } from '../validation.ts';

const { sql } = Prisma;

/** The contacts of a workspace. */
export const contactSource = (workspaceId: string): Source<Contact> => ({
  row: sql`json_build_object('workspaceId', k.workspace_id, 'id', k.id, 'name', k.name, 'phone', k.phone,
    'email', k.email, 'createdAt', k.created_at, 'updatedAt', k.updated_at)`,
  pick: table(sql`contact k`, sql`k.workspace_id = ${workspaceId}`),
  parents: oneParent,
  names: [''],
  read: jsonRow,
});

export type ContactOrderField = 'CREATED_AT' | 'UPDATED_AT' | 'NAME';

/** The query arguments of a connection of contacts. */
export interface ContactQuery {
  /** Every word must occur in the name, the phone number or the e-mail address. */
  search?: string | null | undefined;
  /** Equal to the e-mail address, without regard to case and outer white space. */
  email?: string | null | undefined;
  /** Equal to the phone number by its digits; one of both may lack the country's part. */
  phone?: string | null | undefined;
  filter?:
    | { createdAt?: TimeFilter | null | undefined; updatedAt?: TimeFilter | null | undefined }
    | null
    | undefined;
  orderBy?: readonly ContactOrder[] | null | undefined;
}

interface ContactOrder {
  field?: ContactOrderField | null | undefined;
  direction?: 'ASC' | 'DESC' | null | undefined;
}

const sortKeys = {
  CREATED_AT: { by: sql`k.created_at`, cast: sql`timestamptz` },
  UPDATED_AT: { by: sql`k.updated_at`, cast: sql`timestamptz` },
  NAME: { by: sql`k.name`, cast: sql`text` },
} as const satisfies Record<ContactOrderField, Partial<SortKey>>;

const maxOrder = 3;

const keyOf = { email: emailKey, phone: phoneKey };
const needed = {
  email: 'an e-mail address with an @',
  phone: 'a phone number with at least 7 digits',
};

/** The key by which contacts have the e-mail address or phone number. Throws VALIDATION_ERROR. */
function checkedKey(field: 'email' | 'phone', text: string): string {
  const key = keyOf[field](checkedOperand(field, text));
  if (key === undefined) throw invalid(field, `must be ${needed[field]}, not '${text}'`);
  return key;
}

/** Contacts that match, oldest first by default. Throws VALIDATION_ERROR. */
export function contactPageQuery({
  search,
  email,
  phone,
  filter,
  orderBy,
}: ContactQuery): PageQuery {
  if (filter != null) checkNoNull('filter', filter);
  const keys = orderBy?.length ? orderBy : [{ field: 'CREATED_AT' as const }];
  if (keys.length > maxOrder)
    throw invalid('orderBy', `must not have more than ${maxOrder} sort keys`);
  const order = keys.map(({ field, direction }) => ({
    ...sortKeys[field ?? 'CREATED_AT'],
    descending: direction === 'DESC',
  }));
  return {
    where: [
      ...(email ? [hasEmail(sql`k.email`, [checkedKey('email', email)])] : []),
      ...(phone ? [hasPhone(sql`k.phone`, [checkedKey('phone', phone)])] : []),
      ...timeConditions(sql`k.created_at`, checkedTime('createdAt', filter?.createdAt)),
      ...timeConditions(sql`k.updated_at`, checkedTime('updatedAt', filter?.updatedAt)),
      ...searchConditions(sql`contact_search(k.name, k.phone, k.email)`, search),
    ],
    order: [
      ...order,
      { by: sql`k.id`, cast: sql`text`, descending: order.at(-1)?.descending ?? false },
    ],
    identity: JSON.stringify(['contacts', search, email, phone, filter, orderBy]),
  };
}
