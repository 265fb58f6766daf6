import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { type Connection, openDatabase } from '../../src/postgres/client.ts';
import { startEmbedded } from '../../src/postgres/embedded/embedded.ts';
import { migrate } from '../../src/postgres/migrate.ts';
import { loadDemo } from '../../src/seed/demo.ts';

declare module 'vitest' {
  interface ProvidedContext {
    server: Connection;
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
  const template = `items_template_${process.pid}`;
  const admin = new pg.Client(connection);
  await admin.connect();
  await admin.query(`CREATE DATABASE ${template}`);
  await migrate({ ...connection, database: template });
  const { db, close } = openDatabase({ ...connection, database: template });
  await loadDemo(db);
  await close();
  project.provide('server', connection);
  project.provide('template', template);
  return async () => {
    await admin.query(`DROP DATABASE ${template} WITH (FORCE)`);
    await admin.end();
    await stop();
  };
}
