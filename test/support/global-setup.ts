import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { TestProject } from 'vitest/node';
import { type Connection, openDatabase } from '../../src/postgres/client.ts';
import { distribute } from '../../src/postgres/distribute.ts';
import { startEmbedded } from '../../src/postgres/embedded/embedded.ts';
import { migrate } from '../../src/postgres/migrate.ts';
import { loadDemo } from '../../src/seed/demo.ts';
import { closeForCopies, joinWorkers, readWorkers, runOn } from './citus.ts';

declare module 'vitest' {
  interface ProvidedContext {
    server: Connection;
    /** The servers that have a part of each database: Citus workers. */
    workers: Connection[];
    template: string;
  }
}

/** The PostgreSQL server of the run: `TEST_DATABASE_URL`, or an embedded one in a temporary folder. */
async function startServer(): Promise<{ connection: Connection; stop: () => Promise<void> }> {
  const url = process.env.TEST_DATABASE_URL;
  if (url) return { connection: urlParts(url), stop: async () => {} };
  const dataDir = await mkdtemp(join(tmpdir(), 'items-test-'));
  const settings = {
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    max_connections: '200',
  };
  const server = await startEmbedded({ dataDir, settings });
  return {
    connection: server.connection,
    stop: async () => {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function urlParts(text: string): Connection {
  const url = new URL(text);
  return {
    host: url.hostname,
    port: Number(url.port || 5432),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: url.pathname.slice(1) || 'postgres',
  };
}

/** Creates the template that each test file copies: migrated, with the demo world in it. */
export default async function setup(project: TestProject) {
  const { connection, stop } = await startServer();
  const workers = await readWorkers(connection);
  const servers = [connection, ...workers];
  const database = `items_template_${process.pid}`;
  const template = { ...connection, database };
  await runOn(servers, `CREATE DATABASE ${database}`);
  if (workers.length > 0) await joinWorkers(template, workers);
  await migrate(template);
  if (workers.length > 0) await distribute(template);
  const { db, close } = openDatabase(template);
  await loadDemo(db);
  await close();
  if (workers.length > 0) await runOn(servers, ...closeForCopies(database));
  project.provide('server', connection);
  project.provide('workers', workers);
  project.provide('template', database);
  return async () => {
    await runOn(servers, `DROP DATABASE ${database} WITH (FORCE)`);
    await stop();
  };
}
