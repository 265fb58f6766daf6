import { type Agent, Prisma } from '../generated/prisma/client.ts';
import { likePattern } from '../sql/fold.ts';
import { jsonRow } from '../sql/json-row.ts';
import { foldedOperand } from '../sql/operand.ts';
import { oneParent, type PageQuery, type Source, table } from '../sql/page.ts';
import { maxSearchLength } from './items/filter/text-search.ts';

const { sql } = Prisma;

/** The agents of a workspace. */
export const agentSource = (workspaceId: string): Source<Agent> => ({
  row: sql`json_build_object('workspaceId', a.workspace_id, 'id', a.id, 'name', a.name)`,
  pick: table(sql`agent a`, sql`a.workspace_id = ${workspaceId}`),
  parents: oneParent,
  names: [''],
  read: jsonRow,
});

/** Agents by name; `search` is a part of the name, without case and accents. */
export const agentPageQuery = (search: string | null | undefined): PageQuery => ({
  where: search
    ? [
        sql`search_fold(a.name) LIKE ${likePattern(foldedOperand('search', search, maxSearchLength))}`,
      ]
    : [],
  order: [
    { by: sql`a.name`, cast: sql`text`, descending: false },
    { by: sql`a.id`, cast: sql`text`, descending: false },
  ],
  identity: JSON.stringify(['agents', search]),
});
