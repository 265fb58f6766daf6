import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import type { Connection } from '../../src/postgres/client.ts';
import { startEmbedded } from '../../src/postgres/embedded/embedded.ts';
import { migrate } from '../../src/postgres/migrate.ts';

declare module 'vitest' {
  interface ProvidedContext {
    server: Connection;
    template: string;
  }
}

/** The PostgreSQL of the whole run: `TEST_DATABASE_URL`, or an embedded one that forgets everything. */
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

/** One migrated template; each test file copies it. */
export default async function setup(project: TestProject) {
  const { connection, stop } = await startServer();
  const template = `items_template_${process.pid}`;
  const admin = new pg.Client(connection);
  await admin.connect();
  await admin.query(`CREATE DATABASE ${template}`);
  await migrate({ ...connection, database: template });
  project.provide('server', connection);
  project.provide('template', template);
  return async () => {
    await admin.query(`DROP DATABASE ${template} WITH (FORCE)`);
    await admin.end();
    await stop();
  };
}
