import { type Contact, Prisma } from '../../generated/prisma/client.ts';
import { jsonRow } from '../../sql/json-row.ts';
import { type PageQuery, type Source, table } from '../../sql/page.ts';

const { sql } = Prisma;

/** The contacts of a workspace. */
export const contactSource = (workspaceId: string): Source<Contact> => ({
  row: sql`json_build_object('workspaceId', k.workspace_id, 'id', k.id, 'name', k.name, 'phone', k.phone,
    'email', k.email, 'createdAt', k.created_at, 'updatedAt', k.updated_at)`,
  pick: table(sql`contact k`, sql`k.workspace_id = ${workspaceId}`),
  parents: sql`(SELECT 1 AS n) AS p`,
  names: [''],
  read: jsonRow,
});

/** Contacts, oldest first; `search` is a part of the name, the phone number or the e-mail address. */
export const contactPageQuery = (search: string | null | undefined): PageQuery => ({
  where: search
    ? [sql`search_fold(concat_ws(E'\\n', k.name, k.phone, k.email)) LIKE search_pattern(${search})`]
    : [],
  order: [
    { by: sql`k.created_at`, cast: sql`timestamptz`, descending: false },
    { by: sql`k.id`, cast: sql`text`, descending: false },
  ],
  identity: JSON.stringify(['contacts', search]),
});
