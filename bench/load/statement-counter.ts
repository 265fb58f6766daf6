import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/** A proxy to PostgreSQL that counts statements. */
export interface StatementCounter {
  /** The URL that servers connect to. */
  url: string;
  /** The statements so far, including transaction control. */
  statements(): number;
  close(): Promise<void>;
}

/** The messages of PostgreSQL's protocol that run a statement: Execute and Query. */
const runs = new Set(['E', 'Q'].map((letter) => letter.charCodeAt(0)));

/** Listens on a Unix socket, forwards everything to the database and counts the statements. */
export async function countStatementsOf(databaseUrl: string): Promise<StatementCounter> {
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
  const folder = await mkdtemp(join(tmpdir(), 'items-counter-'));
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

/** Pipes two sockets into each other; both close together. */
function joined(client: Socket, upstream: Socket): Socket[] {
  client.pipe(upstream).pipe(client);
  const ends = [client, upstream];
  for (const socket of ends) {
    socket.on('error', () => {});
    socket.on('close', () => ends.forEach((end) => void end.destroy()));
  }
  return ends;
}

/** Parses a client's stream: a startup message without a type, then messages of type, length and content. */
function statementCounter(onStatement: () => void): (bytes: Buffer) => void {
  let rest = Buffer.alloc(0);
  let isFirst = true;
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    for (;;) {
      const typeBytes = isFirst ? 0 : 1;
      if (rest.length < typeBytes + 4) return;
      const length = typeBytes + rest.readInt32BE(typeBytes);
      if (rest.length < length) return;
      if (!isFirst && runs.has(rest.readUInt8(0))) onStatement();
      isFirst = false;
      rest = rest.subarray(length);
    }
  };
}
