import { inCopyTransaction } from '../../backup/connection.ts';
import { type Check, problemsOf } from './check.ts';

/** These find rows that were changed by hand, past the functions that keep them together. */
const statements: Readonly<Record<string, string>> = {
  'counts of columns': `
    SELECT format('Column %s (%s) counts %s items and has %s: BEGIN; SELECT lock_board(%L, %L); UPDATE board_column SET items_count = (SELECT count(*) FROM item WHERE workspace_id = %L AND board_id = %L AND column_id = %L) WHERE workspace_id = %L AND id = %L; COMMIT;',
      c.id, c.name, c.items_count, count(i.id), c.workspace_id, c.board_id, c.workspace_id, c.board_id, c.id, c.workspace_id, c.id)
    FROM public.board_column c LEFT JOIN public.item i
      ON i.workspace_id = c.workspace_id AND i.board_id = c.board_id AND i.column_id = c.id
    GROUP BY c.workspace_id, c.id HAVING c.items_count <> count(i.id)`,
  'revisions of boards': `
    SELECT format('Board %s has the revision %s, its log ends with %s: restore a backup, or let those who follow it read it again.',
      b.id, b.revision, l.revision)
    FROM public.board b CROSS JOIN LATERAL (
      SELECT revision FROM public.board_change l WHERE l.workspace_id = b.workspace_id AND l.board_id = b.id
      ORDER BY revision DESC LIMIT 1) l
    WHERE b.revision <> l.revision`,
  'log of items': `
    SELECT format('Item %s has the version %s, its log %s: it was changed by hand. Update it through the API, and let those who follow its board read it again.',
      i.id, i.version, CASE WHEN l.action = 'DELETED' THEN 'says that it is deleted' ELSE 'ends with ' || l.version END)
    FROM public.item i CROSS JOIN LATERAL (
      SELECT action, version FROM public.board_change l WHERE l.workspace_id = i.workspace_id AND l.subject_id = i.id
      ORDER BY revision DESC, n DESC LIMIT 1) l
    WHERE l.action = 'DELETED' OR l.version <> i.version`,
};

export const contentChecks: readonly Check[] = Object.entries(statements).map(
  ([name, statement]) => ({
    name,
    // Without a time limit.
    run: ({ client }) => inCopyTransaction(client, () => problemsOf(client, statement)),
  }),
);
