import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Attacker } from '../attacker.ts';
import { duration } from '../settings.ts';
import type { Attacks } from '../target.ts';

const connections = 30;
const part = Buffer.alloc(64 * 1024, ' ');
const chunk = Buffer.concat([Buffer.from('10000\r\n'), part, Buffer.from('\r\n')]);

const head = (key: string, ...lines: string[]): string =>
  [
    'POST /graphql HTTP/1.1',
    'Host: a',
    ...(key === '' ? [] : [`Authorization: Bearer ${key}`]),
    'Content-Type: application/json',
    ...lines,
    '',
    '',
  ].join('\r\n');

/** Writes `bytes` again and again, as fast as the server reads them. */
function writeForEver(socket: Socket, bytes: Buffer): void {
  const write = () => {
    while (!socket.destroyed && socket.write(bytes));
  };
  socket.on('drain', write);
  write();
}

/** Sends endless bodies on some connections. */
async function sendEndless(attacker: Attacker, start: string, bytes: Buffer): Promise<void> {
  const sockets = await Promise.all(Array.from({ length: connections }, () => attacker.open()));
  for (const socket of sockets) {
    socket.once('data', (text) => attacker.recordRaw(text.toString('latin1')));
    socket.write(start);
    writeForEver(socket, bytes);
  }
  await sleep(4 * duration);
  for (const socket of sockets) socket.destroy();
}

/** The sizes of bodies, and their numbers, of which one key's share of the memory is full. */
const shares = [
  { bytes: 1_000_000, count: 24 },
  { bytes: 100_000, count: 20 },
  { bytes: 1000, count: 40 },
];

/** Bodies that are long, or hold memory for long. */
export const bodyAttacks: Attacks = {
  'endless bodies without a key': (attacker) =>
    sendEndless(attacker, head('', 'Transfer-Encoding: chunked'), chunk),

  'endless bodies with a key': (attacker) =>
    sendEndless(attacker, head(attacker.readKey, 'Transfer-Encoding: chunked'), chunk),

  'bodies of a length that is refused': (attacker) =>
    sendEndless(attacker, head(attacker.readKey, 'Content-Length: 100000000000'), part),

  'slow bodies of several workspaces at once': async (attacker, target) => {
    const others = await Promise.all([1, 2].map(() => target.attacker({ inOtherWorkspace: true })));
    const sockets: Socket[] = [];
    for (const key of [attacker.readKey, ...others.map(({ writeKey }) => writeKey)])
      for (const { bytes, count } of shares)
        for (let n = 0; n < count; n += 1) {
          const socket = await attacker.open();
          socket.write(`${head(key, `Content-Length: ${bytes}`)}{`);
          sockets.push(socket);
        }
    await sleep(4 * duration);
    for (const socket of sockets) socket.destroy();
    for (const other of others) other.close();
  },
};
