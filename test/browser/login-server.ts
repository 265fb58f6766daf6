import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll } from 'vitest';
import type { Issuer } from '../support/issuer.ts';

const example = (name: string) =>
  readFileSync(new URL(`../../docs/examples/${name}`, import.meta.url), 'utf8');

const html = { 'content-type': 'text/html; charset=utf-8' };

/**
 * The site of the example page, with the login of an identity provider: a form that asks for a name, and codes with PKCE
 * that are exchanged once for a token.
 */
export function useLoginServer(issuer: Issuer, settings: () => object) {
  const logins = new Map<string, { challenge: string; name: string }>();
  const site = { url: '', tokenSeconds: 600 };

  function authorize(query: URLSearchParams, response: ServerResponse): void {
    const name = query.get('name');
    if (name === null) {
      const hidden = [...query].map(
        ([key, value]) => `<input type=hidden name=${key} value="${value}">`,
      );
      response
        .writeHead(200, html)
        .end(
          `<!doctype html><title>Login</title><form>${hidden.join('')}<input name=name aria-label=Name><button>Continue</button></form>`,
        );
      return;
    }
    const code = randomUUID();
    logins.set(code, { challenge: query.get('code_challenge') ?? '', name });
    const back = new URL(query.get('redirect_uri') ?? '');
    back.search = String(new URLSearchParams({ code, state: query.get('state') ?? '' }));
    response.writeHead(302, { location: back.href }).end();
  }

  async function exchange(form: URLSearchParams, response: ServerResponse): Promise<void> {
    const login = logins.get(form.get('code') ?? '');
    logins.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const isValid = login?.challenge === challenge;
    response.writeHead(isValid ? 200 : 400, { 'content-type': 'application/json' });
    if (!isValid) return void response.end(JSON.stringify({ error: 'invalid_grant' }));
    const { name } = login;
    const exp = Math.floor(Date.now() / 1000) + site.tokenSeconds;
    const access_token = await issuer.sign({ claims: { sub: `person-${name}`, name, exp } });
    response.end(JSON.stringify({ access_token, token_type: 'Bearer' }));
  }

  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === '/authorize') authorize(searchParams, response);
    else if (pathname === '/token')
      await exchange(new URLSearchParams(await text(request)), response);
    else if (pathname === '/sign-in.js')
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(example('sign-in.js'));
    else if (pathname === '/')
      response
        .writeHead(200, html)
        .end(
          example('sign-in.html').replace(
            /(<script id="settings"[^>]*>)[^<]*/,
            `$1${JSON.stringify({ authorize: `${site.url}/authorize`, token: `${site.url}/token`, clientId: 'crm', ...settings() })}`,
          ),
        );
    else response.writeHead(204).end();
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    site.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return site;
}
