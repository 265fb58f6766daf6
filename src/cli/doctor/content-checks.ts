import { inCopyTransaction } from '../../backup/connection.ts';
import { type Check, problemsOf } from './check.ts';

/** Statements that find rows which were changed by hand, past the functions that keep tables in agreement, by the name of the check. */
const statements: Readonly<Record<string, string>> = {
  'counts of columns': `
    SELECT format('Column %s (%s) has items: %s by its count, %s in fact: BEGIN; SELECT lock_board(%L, %L); UPDATE board_column SET items_count = (SELECT count(*) FROM item WHERE workspace_id = %L AND board_id = %L AND column_id = %L) WHERE workspace_id = %L AND id = %L; COMMIT;',
      c.id, c.name, c.items_count, count(i.id), c.workspace_id, c.board_id, c.workspace_id, c.board_id, c.id, c.workspace_id, c.id)
    FROM public.board_column c LEFT JOIN public.item i
      ON i.workspace_id = c.workspace_id AND i.board_id = c.board_id AND i.column_id = c.id
    GROUP BY c.workspace_id, c.id HAVING c.items_count <> count(i.id)`,
  'revisions of boards': `
    SELECT format('Board %s has the revision %s, its log ends with %s: restore a backup, or let those who follow it read it again.',
      b.id, b.revision, l.revision)
    FROM public.board b CROSS JOIN LATERAL (
      SELECT coalesce(max(revision), 0) AS revision FROM public.board_change l
      WHERE l.workspace_id = b.workspace_id AND l.board_id = b.id) l
    WHERE b.revision <> l.revision`,
  'revisions of contacts': `
    SELECT format('The contacts of workspace %s have the revision %s, their log ends with %s: restore a backup, or let those who follow them read them again.',
      w.id, w.contacts_revision, l.revision)
    FROM public.workspace w CROSS JOIN LATERAL (
      SELECT coalesce(max(revision), 0) AS revision FROM public.contact_change l WHERE l.workspace_id = w.id) l
    WHERE w.contacts_revision <> l.revision`,
  'gaps in the logs': `
    SELECT format('The log of %s has no changes between the revisions %s and %s: restore a backup. Who follows it from before gets CURSOR_EXPIRED, and must read it again.',
      log, before, revision)
    FROM (
      SELECT log, revision, lag(revision) OVER (PARTITION BY workspace_id, log ORDER BY revision) AS before FROM (
        SELECT DISTINCT workspace_id, 'board ' || board_id AS log, revision FROM public.board_change
        UNION ALL
        SELECT DISTINCT workspace_id, 'the contacts of workspace ' || workspace_id, revision FROM public.contact_change) l
    ) l WHERE revision > before + 1`,
  'log of items': `
    SELECT format('Item %s has the version %s, its log %s: it was changed by hand. Update it through the API, and let those who follow its board read it again.',
      i.id, i.version, CASE WHEN l.action = 'DELETED' THEN 'says that it is deleted' ELSE 'ends with ' || l.version END)
    FROM public.item i CROSS JOIN LATERAL (
      SELECT action, version FROM public.board_change l WHERE l.workspace_id = i.workspace_id AND l.subject_id = i.id
      ORDER BY revision DESC, n DESC LIMIT 1) l
    WHERE l.action = 'DELETED' OR l.version <> i.version`,
  'index of values': `
    SELECT format('Filters and order by values are wrong on board %s (rows of item_value: %s): BEGIN; SELECT lock_board(%L, %L); DELETE FROM item_value WHERE workspace_id = %L AND board_id = %L; INSERT INTO item_value (workspace_id, board_id, key, reading, number, text, item_id) SELECT i.workspace_id, i.board_id, r.key, r.reading, r.number, r.text, i.id FROM item i CROSS JOIN item_value_rows(i."values") r WHERE i.workspace_id = %L AND i.board_id = %L; COMMIT;',
      board_id, count(*), workspace_id, board_id, workspace_id, board_id, workspace_id, board_id)
    FROM (
      SELECT i.workspace_id, i.board_id, i.id AS item_id, r.key, r.reading, r.number, r.text
      FROM public.item i CROSS JOIN public.item_value_rows(i."values") r) expected
    FULL JOIN public.item_value v USING (workspace_id, board_id, item_id, key, reading, number, text)
    WHERE expected IS NULL OR v IS NULL GROUP BY workspace_id, board_id`,
};

/** Checks whether counts, revisions, logs and indexes agree with the items. */
export const contentChecks: readonly Check[] = Object.entries(statements).map(
  ([name, statement]) => ({
    name,
    // Without a time limit.
    run: ({ client }) => inCopyTransaction(client, () => problemsOf(client, statement)),
  }),
);
