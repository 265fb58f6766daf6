import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type pg from 'pg';
import { withMigrationLock } from './migration-lock.ts';
import { statementsOf } from './statements.ts';

/** One file of `prisma/functions/`: a function of the same name and its triggers, as CREATE OR REPLACE. */
interface SqlFunction {
  name: string;
  sql: string;
  checksum: string;
}

const history = `CREATE TABLE IF NOT EXISTS _applied_function (
  name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`;

interface FunctionSource {
  folder: URL;
  /** The newest migration. It may have dropped triggers, so all functions are applied again after it. */
  schemaVersion: string;
  /** Throws where a newer version has migrated in the meantime: its functions are not replaced. */
  checkMigrations: () => Promise<unknown>;
}

/** Applies the functions whose file is new or changed, in one transaction, and returns their names. */
export async function applyFunctions(client: pg.Client, source: FunctionSource): Promise<string[]> {
  const functions = inDependencyOrder(await readFunctions(source));
  return withMigrationLock(client, async () => {
    await source.checkMigrations();
    return applyChanged(client, functions);
  });
}

/** The names of the functions whose file is new or changed. */
export async function changedFunctions(
  client: pg.Client,
  source: Omit<FunctionSource, 'checkMigrations'>,
): Promise<string[]> {
  return (await changedOf(client, await readFunctions(source))).map(({ name }) => name);
}

async function changedOf(
  client: pg.Client,
  functions: readonly SqlFunction[],
): Promise<SqlFunction[]> {
  const { rows } = await client.query<Omit<SqlFunction, 'sql'>>(
    'SELECT name, checksum FROM _applied_function',
  );
  const applied = new Map(rows.map(({ name, checksum }) => [name, checksum]));
  return functions.filter(({ name, checksum }) => applied.get(name) !== checksum);
}

async function applyChanged(
  client: pg.Client,
  functions: readonly SqlFunction[],
): Promise<string[]> {
  await client.query(history);
  const changed = await changedOf(client, functions);
  for (const { name, sql, checksum } of changed) {
    for (const statement of statementsOf(sql)) await client.query(statement);
    await client.query(
      `INSERT INTO _applied_function (name, checksum) VALUES ($1, $2)
       ON CONFLICT (name) DO UPDATE SET checksum = excluded.checksum, applied_at = now()`,
      [name, checksum],
    );
  }
  return changed.map(({ name }) => name);
}

/** The names of the functions of a folder. */
export async function functionNames(folder: URL): Promise<string[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql'));
  return files.map((file) => file.slice(0, -'.sql'.length)).sort();
}

async function readFunctions({
  folder,
  schemaVersion,
}: Omit<FunctionSource, 'checkMigrations'>): Promise<SqlFunction[]> {
  const names = await functionNames(folder);
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(`${name}.sql`, folder), 'utf8');
      const checksum = createHash('sha256').update(`${schemaVersion}\n${sql}`).digest('hex');
      return { name, sql, checksum };
    }),
  );
}

/** Callees before callers: PostgreSQL resolves the calls in an SQL body when it creates the function. */
function inDependencyOrder(functions: readonly SqlFunction[]): SqlFunction[] {
  const ordered = new Set<SqlFunction>();
  const visiting = new Set<SqlFunction>();
  const visit = (caller: SqlFunction): void => {
    if (visiting.has(caller)) return;
    visiting.add(caller);
    for (const callee of functions) if (caller.sql.includes(`${callee.name}(`)) visit(callee);
    ordered.add(caller);
  };
  functions.forEach(visit);
  return [...ordered];
}
