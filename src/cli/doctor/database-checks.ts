import { pendingChanges } from '../../postgres/migrate.ts';
import { type Check, problemsOf } from './check.ts';

const byStatement = (name: string, statement: string): Check => ({
  name,
  run: ({ client }) => problemsOf(client, statement),
});

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
  byStatement(
    'indexes',
    `SELECT format('The index %s is invalid: REINDEX INDEX CONCURRENTLY %s.', i.indexrelid::regclass, i.indexrelid::regclass)
     FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
     WHERE c.relnamespace = 'public'::regnamespace AND NOT (i.indisvalid AND i.indisready)`,
  ),
  byStatement(
    'triggers',
    `SELECT format('The trigger %s of %s is disabled: ALTER TABLE %s ENABLE TRIGGER %I.', tgname, tgrelid::regclass, tgrelid::regclass, tgname)
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
