import { appliedIndexes, pendingChanges } from '../../postgres/migrate.ts';
import { readOwnNames } from '../../postgres/migrations.ts';
import { type Check, problemsOf } from './check.ts';

const byStatement = (name: string, statement: string): Check => ({
  name,
  run: ({ client }) => problemsOf(client, statement),
});

/** The only check of a database without tables. */
export const noTables: Check = {
  name: 'tables',
  run: async () => [
    'There are no tables of the gateway: run npm run migrate, or start the server.',
  ],
};

const schema: Check = {
  name: 'migrations and SQL functions',
  async run({ client }) {
    const pending = await pendingChanges(client);
    return pending.length === 0
      ? []
      : [
          `Not applied: ${pending.slice(0, 5).join(', ')} (${pending.length}). Run npm run migrate.`,
        ];
  },
};

/** The advice to apply a function once more. */
const again = (name: string): string =>
  `DELETE FROM _applied_function WHERE name = '${name}'; then run npm run migrate.`;

/**
 * Finds functions of `prisma/functions` that are missing. Their texts are not compared: one that was replaced by hand is
 * not found.
 */
const functions: Check = {
  name: 'SQL functions',
  async run({ client }) {
    const { sources } = await readOwnNames();
    const { rows } = await client.query<{ name: string }>(
      `SELECT name FROM unnest($1::text[]) name WHERE NOT EXISTS (
         SELECT FROM pg_proc WHERE proname = name AND pronamespace = 'public'::regnamespace)`,
      [sources],
    );
    return rows.map(({ name }) => `The function ${name} is missing: ${again(name)}`);
  },
};

const missingIndexes: Check = {
  name: 'missing indexes',
  async run({ client }) {
    const indexes = await appliedIndexes(client);
    const { rows } = await client.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('i', 'I')`,
    );
    const present = new Set(rows.map(({ name }) => name));
    return [...indexes]
      .filter(([name]) => !present.has(name))
      .map(
        ([name, sql]) =>
          `The index ${name} is missing: ${sql.replace('INDEX', 'INDEX CONCURRENTLY')};`,
      );
  },
};

export const databaseChecks: readonly Check[] = [
  byStatement(
    'version of PostgreSQL',
    `SELECT 'PostgreSQL ' || current_setting('server_version') || ' is too old: upgrade to 15 or newer.'
     WHERE current_setting('server_version_num')::int < 150000`,
  ),
  byStatement(
    'extensions',
    `SELECT format('The extension %s is missing: CREATE EXTENSION %s.', name, name)
     FROM unnest(ARRAY['pg_trgm', 'btree_gin']) name WHERE name NOT IN (SELECT extname FROM pg_extension)`,
  ),
  schema,
  functions,
  missingIndexes,
  byStatement(
    'invalid indexes',
    `SELECT format('The index %s is invalid: REINDEX INDEX CONCURRENTLY %s.', i.indexrelid::regclass, i.indexrelid::regclass)
     FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
     WHERE c.relnamespace = 'public'::regnamespace AND NOT (i.indisvalid AND i.indisready)`,
  ),
  byStatement(
    'triggers',
    `SELECT $$The trigger refuse_direct_write of item is missing: ${again('refuse_direct_write')}$$
     WHERE to_regclass('pg_dist_partition') IS NULL
       AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = 'refuse_direct_write')
     UNION ALL
     SELECT format('The trigger %s of %s is disabled: ALTER TABLE %s ENABLE TRIGGER %I.', tgname, tgrelid::regclass, tgrelid::regclass, tgname)
     FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid
     WHERE c.relnamespace = 'public'::regnamespace AND tgenabled IN ('D', 'R') AND NOT tgisinternal`,
  ),
  {
    name: 'clocks',
    async run({ client }) {
      const { rows } = await client.query<{ now: Date }>('SELECT clock_timestamp() AS now');
      const seconds = Math.round(Math.abs(Date.now() - (rows[0]?.now.getTime() ?? 0)) / 1000);
      return seconds > 5
        ? [`The clocks of this machine and PostgreSQL differ by ${seconds} s: synchronize them.`]
        : [];
    },
  },
];
