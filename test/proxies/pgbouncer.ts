import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { expect, inject, vi } from 'vitest';
import { query } from '../support/databases.ts';
import { addCleanup, newFolder } from '../support/folders.ts';
import { isRoot, nobody, startTimeout } from '../support/platform.ts';
import { freePort } from '../support/proxy.ts';

/** Connections of PgBouncer to PostgreSQL: fewer than a server has to PgBouncer. */
export const poolSize = 6;

/** Debian's, or another one. */
const program = process.env.PGBOUNCER || 'pgbouncer';

const [, major, minor] =
  /(\d+)\.(\d+)/.exec(execFileSync(program, ['--version'], { encoding: 'utf8' })) ?? [];

/** PgBouncer keeps prepared statements from 1.21 on. */
export const canKeepStatements = Number(major) > 1 || Number(minor) >= 21;

export interface PgBouncer {
  /** The URL of the database. */
  url: string;
  /** Ends it at once, and starts it again. */
  restart(): Promise<void>;
}

interface PgBouncerOptions {
  /** Settings beside those of every test. */
  settings?: readonly string[];
}

/** Starts PgBouncer in transaction mode before the suite's PostgreSQL, until `cleanUp`. */
export async function startPgBouncer(
  database: string,
  { settings = [] }: PgBouncerOptions = {},
): Promise<PgBouncer> {
  const port = await freePort();
  const { host = '', port: serverPort = 5432, user } = inject('server');
  // The folder of the embedded database's socket.
  if (isRoot && host.startsWith('/')) chmodSync(dirname(host), 0o711);
  const folder = newFolder();
  chmodSync(folder, 0o755);
  const file = join(folder, 'pgbouncer.ini');
  // Otherwise as Debian configures it.
  const lines = [
    '[databases]',
    `* = host=${host} port=${serverPort} user=${user}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = any',
    'pool_mode = transaction',
    `default_pool_size = ${poolSize}`,
    'max_client_conn = 200',
    'ignore_startup_parameters = extra_float_digits',
    ...settings,
  ];
  writeFileSync(file, lines.join('\n'));

  const connection = { host: '127.0.0.1', port, user: 'gateway', database };
  async function run() {
    // It does not run as root.
    const child = spawn(program, ['--quiet', file], { stdio: 'inherit', ...(isRoot && nobody) });
    await once(child, 'spawn');
    const ended = once(child, 'exit');
    const isReady = async () => expect(await query(connection, 'SELECT 1')).toEqual([1]);
    await vi.waitFor(isReady, { timeout: startTimeout, interval: 50 });
    return async (signal: 'SIGTERM' | 'SIGKILL') => {
      child.kill(signal);
      await ended;
    };
  }
  let end = await run();
  addCleanup(() => end('SIGTERM'));
  return {
    url: `postgresql://gateway@127.0.0.1:${port}/${database}`,
    async restart() {
      await end('SIGKILL');
      end = await run();
    },
  };
}
