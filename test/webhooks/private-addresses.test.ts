import type { lookup } from 'node:dns';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLookup, isPublicAddress } from '../../src/webhooks/address.ts';
import { createSender } from '../../src/webhooks/sender.ts';

/** Hosts of private networks in all spellings that URLs allow. */
const privateHosts = [
  '127.0.0.1',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0177.0.0.1',
  '0x7f.1',
  '0.0.0.0',
  '0',
  '10.0.0.1',
  '172.16.5.4',
  '192.168.0.1',
  '169.254.169.254',
  '100.64.0.1',
  '192.0.2.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '[::1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::127.0.0.1]',
  '[fe80::1]',
  '[fc00::1]',
  '[fd12:3456::1]',
  '[ff02::1]',
  '[64:ff9b::10.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[2002:7f00:1::]',
  '[2002:a00:1::1]',
  '[2001:db8::1]',
];

let connections = 0;
const server = createServer((_, response) => response.end());
let port = 0;

beforeAll(async () => {
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => server.close());

const message = { headers: {}, body: '{}' };

/** A resolver that answers each question with the next of the given lists, and the last one for ever. */
const answering = (...answers: string[][]): typeof lookup => {
  const resolve = (_: string, __: object, callback: (...result: unknown[]) => void) => {
    const addresses = (answers.length > 1 ? answers.shift() : answers[0]) ?? [];
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return resolve as unknown as typeof lookup;
};

describe('endpoints in private networks', () => {
  it.each(privateHosts)('refuses %s without a connection', async (host) => {
    const sender = createSender({ allowsPrivate: false });
    for (const scheme of ['http', 'https']) {
      const { status, error } = await sender.post(`${scheme}://${host}:${port}/`, message);
      expect(status).toBeUndefined();
      expect(error).toMatch(/is not an address of the public internet$/);
    }
    expect(connections).toBe(0);
  });

  it.each([
    ['a name of this machine', ['127.0.0.1']],
    ['a name with a public and a private address', ['93.184.215.14', '10.0.0.1']],
    ['a name with an IPv6 address of this machine', ['::1']],
    ['a name with a mapped address', ['::ffff:127.0.0.1']],
  ])('refuses %s', async (_, addresses) => {
    const sender = createSender({ allowsPrivate: false, resolve: answering(addresses) });
    const { error } = await sender.post(`https://example.com:${port}/`, message);
    expect(error).toBe('example.com is not an address of the public internet');
    expect(connections).toBe(0);
  });

  it('checks the address of each connection: a name may change its answer', async () => {
    const lookupName = createLookup(answering(['93.184.215.14'], ['127.0.0.1']));
    const resolveName = () =>
      new Promise((resolve) =>
        lookupName('example.com', {}, (error, address) => resolve(error?.message ?? address)),
      );
    expect(await resolveName()).toBe('93.184.215.14');
    expect(await resolveName()).toBe('example.com is not an address of the public internet');
  });

  it.each([
    '1.1.1.1',
    '93.184.215.14',
    '2606:4700::1111',
    '64:ff9b::101:101',
    '2002:101:101::1',
  ])('counts %s as public', (address) => expect(isPublicAddress(address)).toBe(true));
});

describe('the sender', () => {
  const sender = createSender({ allowsPrivate: true, timeout: 300 });

  it('does not follow redirects', async () => {
    const redirecting = createServer((_, response) =>
      response.writeHead(302, { Location: `http://127.0.0.1:${port}/` }).end(),
    );
    await new Promise<void>((resolve) => redirecting.listen(0, '127.0.0.1', resolve));
    const { port: from } = redirecting.address() as AddressInfo;
    const outcome = await sender.post(`http://127.0.0.1:${from}/`, message);
    redirecting.close();
    expect(outcome).toMatchObject({
      status: 302,
      error: expect.stringContaining('redirects (302)'),
    });
    expect(connections).toBe(0);
  });

  it('gives up on an endpoint that does not respond', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port: at } = silent.address() as AddressInfo;
    const { error } = await sender.post(`http://127.0.0.1:${at}/`, message);
    silent.closeAllConnections();
    silent.close();
    expect(error).toBe('The endpoint did not respond within 0.3 seconds.');
  });

  it('says that nothing listens', async () => {
    const { error } = await sender.post('http://127.0.0.1:1/', message);
    expect(error).toMatch(/ECONNREFUSED/);
  });
});
