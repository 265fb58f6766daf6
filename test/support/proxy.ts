import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { vi } from 'vitest';
import { addCleanup, newFolder } from './folders.ts';
import { startTimeout } from './platform.ts';
import { createRoundRobin } from './round-robin.ts';

export const hasNginx = spawnSync('nginx', ['-v']).status === 0;

/** Picks a free port of the loopback address. */
export async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * Starts a proxy that passes requests to servers in turns over keep-alive connections: nginx if it is installed. It
 * tries the next server if one refuses the connection. Returns its URL.
 */
export async function startProxy(ports: readonly number[]): Promise<string> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  if (hasNginx) startNginx(port, ports);
  else addCleanup(await createRoundRobin(port, ports));
  await vi.waitFor(() => fetch(`${url}/health`), { timeout: startTimeout, interval: 20 });
  return url;
}

function startNginx(port: number, ports: readonly number[]): void {
  const servers = ports.map((one) => `server 127.0.0.1:${one} max_fails=0;`).join(' ');
  runNginx(`
      upstream gateway { ${servers} keepalive 16; }
      server {
        listen 127.0.0.1:${port};
        location / {
          proxy_pass http://gateway; proxy_http_version 1.1; proxy_set_header Connection "";
          # The default: the next server where a connection fails, but a POST that was sent is not repeated.
          proxy_next_upstream error timeout;
        }
      }`);
}

/** Runs nginx with this content of its http block. */
export function runNginx(http: string): void {
  const folder = newFolder();
  mkdirSync(join(folder, 'tmp'));
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/tmp/${name};`)
    .join(' ');
  const config = `
    ${process.getuid?.() === 0 ? 'user root;' : ''}
    daemon off; pid ${folder}/pid; error_log ${folder}/error.log; worker_processes 1;
    events { worker_connections 1024; }
    http { ${paths} access_log off; ${http} }`;
  writeFileSync(join(folder, 'nginx.conf'), config);
  const child = spawn(
    'nginx',
    ['-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')],
    {
      stdio: 'inherit',
    },
  );
  addCleanup(async () => {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  });
}
