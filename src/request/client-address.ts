import { isIPv4, isIPv6 } from 'node:net';

/**
 * The address that limits count by: an IPv4 address, or the /64 network of an IPv6 address, as providers assign whole
 * networks. Undefined for text that is no address.
 */
export function networkOf(address: string): string | undefined {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1] ?? address;
  if (isIPv4(mapped)) return mapped;
  const [plain = ''] = address.split('%');
  if (!isIPv6(plain)) return undefined;
  const [head = '', tail] = plain.split('::');
  const groups = head === '' ? [] : head.split(':');
  const tailGroups = tail === undefined || tail === '' ? [] : tail.split(':');
  // An IPv4 address at the end stands for two groups.
  const missing = 8 - groups.length - tailGroups.length - (plain.includes('.') ? 1 : 0);
  if (tail !== undefined) groups.push(...Array(Math.max(0, missing)).fill('0'), ...tailGroups);
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}

/** The client's address in the header of a trusted proxy: its last entry, which that proxy has added itself. */
export const forwardedAddress = (header: string | null): string | undefined => {
  const last = header?.split(',').at(-1)?.trim();
  // Some proxies add the port.
  return last?.replace(/^\[(.+)\](:\d+)?$/, '$1').replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1');
};
