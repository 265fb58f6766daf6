import { readdir, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { useWorld } from '../support/world.ts';

const world = useWorld();

const types: Record<string, string> = {
  String: 'text',
  Int: 'integer',
  BigInt: 'bigint',
  Decimal: 'numeric',
  Boolean: 'boolean',
  Json: 'jsonb',
  Bytes: 'bytea',
  DateTime: 'timestamp with time zone',
};

interface Table {
  columns: Record<string, string>;
  primaryKey: string[];
}

/** The tables that schema.prisma describes: each column with its type and whether it may be null. */
async function describedTables(): Promise<Record<string, Table>> {
  const text = await readFile(new URL('../../prisma/schema.prisma', import.meta.url), 'utf8');
  const models = [...text.matchAll(/^model (\w+) \{([\s\S]*?)^\}/gm)];
  const names = new Set(models.map(([, name]) => name));
  return Object.fromEntries(
    models.map(([, , body = '']) => {
      const fields = [...body.matchAll(/^ {2}(\w+) +(\w+)(?:\("(\w+)"\))?(\[\]|\?)?(.*)$/gm)]
        .map(([, field = '', type = '', raw, mark = '', rest = '']) => ({
          field,
          column: /@map\("(\w+)"\)/.exec(rest)?.[1] ?? field,
          type: (raw ?? types[type] ?? type) + (mark === '[]' ? '[]' : ''),
          null: mark === '?' ? 'null' : 'not null',
          isId: /@id\b/.test(rest),
        }))
        .filter(({ type }) => !names.has(type.replace('[]', '')));
      const columnOf = new Map(fields.map(({ field, column }) => [field, column]));
      const ids = /@@id\(\[(.+?)\]\)/
        .exec(body)?.[1]
        ?.split(', ')
        .map((id) => columnOf.get(id) ?? id);
      return [
        /@@map\("(\w+)"\)/.exec(body)?.[1],
        {
          columns: Object.fromEntries(fields.map((f) => [f.column, `${f.type} ${f.null}`])),
          primaryKey: ids ?? fields.filter(({ isId }) => isId).map(({ column }) => column),
        },
      ];
    }),
  );
}

async function migratedTables(): Promise<Record<string, Table>> {
  const tables: Record<string, Table> = {};
  const columns = await world.db.$queryRaw<{ table: string; column: string; type: string }[]>`
    SELECT c.relname AS table, a.attname AS column,
      format_type(a.atttypid, NULL) || CASE WHEN a.attnotnull THEN ' not null' ELSE ' null' END AS type
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
      AND c.relname NOT LIKE '\\_%'`;
  for (const { table, column, type } of columns) {
    tables[table] ??= { columns: {}, primaryKey: [] };
    tables[table].columns[column] = type;
  }
  const keys = await world.db.$queryRaw<{ table: string; column: string }[]>`
    SELECT c.relname AS table, a.attname AS column
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, n)
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
    WHERE i.indisprimary AND c.relname NOT LIKE '\\_%' AND c.relnamespace = 'public'::regnamespace
    ORDER BY c.relname, k.n`;
  for (const { table, column } of keys) tables[table]?.primaryKey.push(column);
  return tables;
}

it('matches schema.prisma, column by column', async () => {
  expect(await migratedTables()).toEqual(await describedTables());
});

it('begins every primary key and every foreign key with the workspace', async () => {
  const keys = await world.db.$queryRaw<{ name: string; columns: string }[]>`
    SELECT conname AS name, pg_get_constraintdef(oid) AS columns FROM pg_constraint
    WHERE contype IN ('p', 'f') AND connamespace = 'public'::regnamespace
      AND conrelid <> 'workspace'::regclass AND conrelid::regclass::text NOT LIKE '\\_%'`;
  const others = keys.filter(({ columns }) => !/KEY \(workspace_id/.test(columns));
  expect(others).toEqual([]);
  expect(keys.length).toBeGreaterThan(10);
});

interface PublicFunction {
  name: string;
  language: string;
  body: string;
}

/** The functions of the schema public, without those of extensions. */
const publicFunctions = () =>
  world.db.$queryRaw<PublicFunction[]>`
    SELECT p.proname::text AS name, l.lanname::text AS language, p.prosrc AS body
    FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
    WHERE p.pronamespace = 'public'::regnamespace
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    ORDER BY 1`;

const prismaFolder = new URL('../../prisma/', import.meta.url);

it('has one function for each file, and those of the migrations', async () => {
  const files = (await readdir(new URL('functions/', prismaFolder))).sort();
  const migrations = await readdir(new URL('migrations/', prismaFolder));
  const texts = migrations
    .filter((name) => /^\d/.test(name))
    .map((name) => readFile(new URL(`migrations/${name}/migration.sql`, prismaFolder), 'utf8'));
  const sql = (await Promise.all(texts)).join('\n');
  const named = (pattern: RegExp) => [...sql.matchAll(pattern)].map(([, name]) => name);
  const dropped = named(/^DROP FUNCTION (\w+)/gm);
  const versioned = named(/^CREATE FUNCTION (\w+)/gm).filter((name) => !dropped.includes(name));
  const source = files.map((file) => file.replace('.sql', ''));
  const names = (await publicFunctions()).map(({ name }) => name);
  expect(names).toEqual([...versioned, ...source].sort());
  for (const name of source) {
    const text = await readFile(new URL(`functions/${name}.sql`, prismaFolder), 'utf8');
    expect(text, name).toMatch(
      new RegExp(`^CREATE OR REPLACE (FUNCTION|AGGREGATE) ${name}\\(`, 'm'),
    );
  }
});

// PL/pgSQL resolves names when it runs: in a restore, and in logical replication, under an empty search_path.
it('names the schema in every PL/pgSQL body', async () => {
  const functions = await publicFunctions();
  const tables = Object.keys(await migratedTables());
  const calls = new RegExp(`(?<!public\\.)\\b(${functions.map(({ name }) => name).join('|')})\\(`);
  const reads = new RegExp(`\\b(FROM|JOIN|UPDATE|INTO|USING) (${tables.join('|')})\\b`);
  const types = new RegExp(
    `(^|::) *(\\w+ +)?(${tables.join('|')}|item_write|item_operation|item_target)( :=|;|\\[|$)`,
    'm',
  );
  const bodies = functions.filter(({ language }) => language === 'plpgsql');
  expect(bodies.length).toBeGreaterThan(10);
  for (const { name, body } of bodies) {
    const code = body.replace(/--.*$/gm, '');
    for (const pattern of [calls, reads, types]) expect(code, name).not.toMatch(pattern);
  }
});
