import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from 'jose';
import { afterAll, beforeAll } from 'vitest';
import type { TokenSettings } from '../../src/auth/settings.ts';

interface SigningKey {
  kid: string;
  privateKey: CryptoKey;
  publicKey: CryptoKey;
}

export interface SignOptions {
  /** Claims beside `iss`, `aud`, `exp`, `sub`, `workspace` and `scope`; undefined removes one of these. */
  claims?: Record<string, unknown>;
  header?: Partial<JWTHeaderParameters>;
  key?: SigningKey['privateKey'] | Uint8Array;
}

/** Signs people in: publishes its keys on a port of its own. */
export interface Issuer {
  settings: TokenSettings;
  /** The key that signs. */
  key: SigningKey;
  /** The number of times that the keys were fetched. */
  fetches: number;
  /** True to respond 503. */
  isDown: boolean;
  sign(options?: SignOptions): Promise<string>;
  /** Replaces the keys by a new one. */
  rotate(): Promise<void>;
}

export const audience = 'items';

async function newKey(kid: string): Promise<SigningKey> {
  return { kid, ...(await generateKeyPair('ES256', { extractable: true })) };
}

const nowInSeconds = (): number => Math.floor(Date.now() / 1000);

/** An issuer for the tests of a file, whose tokens are for the demo workspace and may write. */
export function useIssuer(): Issuer {
  const issuer = { fetches: 0, isDown: false } as Issuer;
  const server = createServer(async (_, response) => {
    issuer.fetches += 1;
    if (issuer.isDown) return void response.writeHead(503).end();
    const { kid, publicKey } = issuer.key;
    const jwk = { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' };
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ keys: [jwk] }));
  });
  issuer.sign = ({ claims, header, key = issuer.key.privateKey } = {}) => {
    const payload = {
      iss: issuer.settings.issuer,
      aud: audience,
      exp: nowInSeconds() + 600,
      sub: 'user-1',
      workspace: 'workspace_demo',
      scope: 'openid write',
      ...claims,
    };
    return new SignJWT(JSON.parse(JSON.stringify(payload)))
      .setProtectedHeader({ alg: 'ES256', kid: issuer.key.kid, ...header })
      .sign(key);
  };
  let rotations = 0;
  issuer.rotate = async () => {
    rotations += 1;
    issuer.key = await newKey(`key-${rotations}`);
  };
  beforeAll(async () => {
    await issuer.rotate();
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    issuer.settings = {
      keys: { url: `${url}/jwks` },
      issuer: url,
      audience,
      algorithms: ['ES256', 'RS256'],
      claims: { workspace: 'workspace', agent: 'sub', name: 'name', scope: 'scope' },
      workspaceId: undefined,
      scopePrefix: '',
    };
  });
  afterAll(() => void server.close());
  return issuer;
}
