import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, inject, vi } from 'vitest';
import { query } from '../support/databases.ts';
import { addCleanup, newFolder } from '../support/folders.ts';
import { isRoot, nobody, startTimeout } from '../support/platform.ts';
import { freePort } from '../support/proxy.ts';

/** Connections of PgBouncer to PostgreSQL: fewer than a server has to PgBouncer. */
const poolSize = 6;

/** Starts PgBouncer in transaction mode before the suite's PostgreSQL, until `cleanUp`. Returns the URL of a database. */
export async function startPgBouncer(database: string): Promise<string> {
  const port = await freePort();
  const { host = '', port: serverPort = 5432, user } = inject('server');
  // The folder of the embedded database's socket.
  if (isRoot && host.startsWith('/')) chmodSync(dirname(host), 0o711);
  const folder = newFolder();
  chmodSync(folder, 0o755);
  const file = join(folder, 'pgbouncer.ini');
  // Otherwise as Debian configures it.
  const settings = `
    [databases]
    * = host=${host} port=${serverPort} user=${user}
    [pgbouncer]
    listen_addr = 127.0.0.1
    listen_port = ${port}
    unix_socket_dir =
    auth_type = any
    pool_mode = transaction
    default_pool_size = ${poolSize}
    max_client_conn = 200
    ignore_startup_parameters = extra_float_digits`;
  writeFileSync(file, settings.replaceAll(/^ +/gm, ''));
  // It does not run as root.
  const child = spawn('pgbouncer', ['--quiet', file], { stdio: 'inherit', ...(isRoot && nobody) });
  await once(child, 'spawn');
  const ended = once(child, 'exit');
  addCleanup(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  const connection = { host: '127.0.0.1', port, user: 'gateway', database };
  const isReady = async () => expect(await query(connection, 'SELECT 1')).toEqual([1]);
  await vi.waitFor(isReady, { timeout: startTimeout, interval: 50 });
  return `postgresql://gateway@127.0.0.1:${port}/${database}`;
}
