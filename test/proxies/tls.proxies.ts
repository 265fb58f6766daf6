import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type ClientHttp2Session, connect } from 'node:http2';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createClient, type GatewayClient, type Send } from '../support/client.ts';
import { newDatabase, urlOf } from '../support/databases.ts';
import { documentedCalls, expectDocumented } from '../support/documented-calls.ts';
import { cleanUp, newFolder } from '../support/folders.ts';
import { project, startTimeout } from '../support/platform.ts';
import { build, start } from '../support/program.ts';
import { freePort, runNginx } from '../support/proxy.ts';

let session: ClientHttp2Session;
let client: GatewayClient;
let plainPort: number;

/** Creates a certificate for localhost. */
function createCertificate(folder: string): { cert: string; key: string } {
  const [cert, key] = [join(folder, 'fullchain.pem'), join(folder, 'privkey.pem')];
  const words = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost
    -addext subjectAltName=DNS:localhost -out ${cert} -keyout ${key}`;
  execFileSync('openssl', words.split(/\s+/), { stdio: 'pipe' });
  return { cert, key };
}

/** Sends requests as streams of an HTTP/2 connection. */
const sendOver =
  (to: ClientHttp2Session): Send =>
  async (path, { method = 'GET', headers, body }) => {
    const all = { ':path': path, ':method': method, ...(headers as object) };
    // DELETE has no body by default.
    const stream = to.request(all, { endStream: !body });
    if (body) stream.end(body);
    const [{ ':status': status, ...received }] = await once(stream, 'response');
    return new Response(await buffer(stream), { status, headers: Object.entries(received) });
  };

beforeAll(() => build());
beforeAll(async () => {
  const DATABASE_URL = urlOf({ database: await newDatabase() });
  const env = { DATABASE_URL, DEMO: 'on', TRUST_PROXY: 'on' };
  const server = await start({ folder: newFolder(), env });
  const { cert, key } = createCertificate(newFolder());
  plainPort = await freePort();
  const port = await freePort();
  const file = readFileSync(join(project, 'deploy/nginx.conf'), 'utf8');
  runNginx(
    file
      .replaceAll(/\$\{GATEWAY\}/g, new URL(server.url).host)
      .replaceAll(/listen \[::\].*\n/g, '')
      .replace('listen 80', `listen 127.0.0.1:${plainPort}`)
      .replace('listen 443', `listen 127.0.0.1:${port}`)
      .replace('/etc/nginx/tls/fullchain.pem', cert)
      .replace('/etc/nginx/tls/privkey.pem', key),
  );
  session = await vi.waitUntil(
    () =>
      new Promise<ClientHttp2Session | undefined>((resolve) => {
        const one = connect(`https://localhost:${port}`, { ca: readFileSync(cert) });
        one.on('connect', () => resolve(one)).on('error', () => resolve(undefined));
      }),
    { timeout: startTimeout, interval: 50 },
  );
  client = createClient(sendOver(session));
}, 120_000);
afterAll(async () => {
  session?.close();
  await cleanUp();
});

it.each(documentedCalls)('responds by HTTP/2 over TLS as documented: $name', (call) =>
  expectDocumented(client, call));

it('sends browsers from http to https', async () => {
  const response = await fetch(`http://127.0.0.1:${plainPort}/docs`, { redirect: 'manual' });
  expect(response.status).toBe(301);
  expect(response.headers.get('location')).toBe('https://127.0.0.1/docs');
});
