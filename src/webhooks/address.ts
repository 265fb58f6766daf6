import { lookup as resolve } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** IPv6 ranges whose addresses contain an IPv4 address, and the byte where it begins. */
const embeddings = [
  // NAT64, RFC 6052.
  { range: ipaddr.IPv6.parseCIDR('64:ff9b::/96'), start: 12 },
  // 6to4, RFC 3056.
  { range: ipaddr.IPv6.parseCIDR('2002::/16'), start: 2 },
];
/** IPv4-compatible addresses, deprecated by RFC 4291; the library counts them as ordinary ones. */
const compatible = ipaddr.IPv6.parseCIDR('::/96');

/** True for an address of the public internet. Addresses that contain another one are as public as that one. */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  if (address instanceof ipaddr.IPv6) {
    const embedding = embeddings.find(({ range }) => address.match(range));
    if (embedding !== undefined) {
      const bytes = address.toByteArray().slice(embedding.start, embedding.start + 4);
      return isPublicAddress(bytes.join('.'));
    }
    if (address.match(compatible)) return false;
  }
  return address.range() === 'unicast';
}

/** The host of a URL as an IP address, in any spelling that URLs allow; undefined for a name. */
export function addressOf({ hostname }: URL): string | undefined {
  const host = hostname.replace(/^\[|\]$/g, '');
  return isIP(host) === 0 ? undefined : host;
}

/** The endpoint is in a private network, or on this machine. The message says so. */
export class PrivateAddressError extends Error {
  constructor(host: string) {
    super(`${host} is not an address of the public internet`);
  }
}

/**
 * Resolves the name of an endpoint for the connection itself, so that the address that is checked is the one that is
 * connected to. Fails with PrivateAddressError if any address of the name is not public.
 */
export const createLookup =
  (lookup: typeof resolve = resolve): LookupFunction =>
  (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error !== null || first === undefined)
        return callback(error ?? new Error(`${hostname} has no address`), '');
      if (!addresses.every(({ address }) => isPublicAddress(address)))
        return callback(new PrivateAddressError(hostname), '');
      if (options.all) return callback(null, addresses);
      callback(null, first.address, first.family);
    });
  };
