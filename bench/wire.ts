import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/** A way to PostgreSQL that counts what passes. */
export interface Wire {
  /** Where servers connect to. */
  url: string;
  /** The statements that were run so far, transaction control included. */
  statements(): number;
  close(): Promise<void>;
}

/** PostgreSQL's messages that run something: Execute and Query. */
const runs = new Set(['E', 'Q'].map((letter) => letter.charCodeAt(0)));

/** Opens a Unix socket that hands everything on to the database and counts the statements. */
export async function openWire(databaseUrl: string): Promise<Wire> {
  const { host, port, user, password, database } = new pg.Client(databaseUrl);
  const target = host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
  let count = 0;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    client.on(
      'data',
      statementCounter(() => count++),
    );
    for (const socket of joined(client, connect(target))) open.add(socket);
  });
  const folder = await mkdtemp(join(tmpdir(), 'items-wire-'));
  await once(server.listen(join(folder, '.s.PGSQL.5432')), 'listening');
  const login = [user, password].map((part) => encodeURIComponent(part ?? '')).join(':');
  return {
    url: `postgresql://${login}@localhost:5432/${database}?host=${encodeURIComponent(folder)}`,
    statements: () => count,
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What comes in at one end goes out at the other, and both end together. */
function joined(client: Socket, upstream: Socket): Socket[] {
  client.pipe(upstream).pipe(client);
  const ends = [client, upstream];
  for (const socket of ends) {
    socket.on('error', () => {});
    socket.on('close', () => ends.forEach((end) => void end.destroy()));
  }
  return ends;
}

/** Reads a client's stream: a first message without a type, then messages of type, length and content. */
function statementCounter(found: () => void): (bytes: Buffer) => void {
  let rest = Buffer.alloc(0);
  let isFirst = true;
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    for (;;) {
      const typeBytes = isFirst ? 0 : 1;
      if (rest.length < typeBytes + 4) return;
      const length = typeBytes + rest.readInt32BE(typeBytes);
      if (rest.length < length) return;
      if (!isFirst && runs.has(rest.readUInt8(0))) found();
      isFirst = false;
      rest = rest.subarray(length);
    }
  };
}
