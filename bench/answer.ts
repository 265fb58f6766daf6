import { isDeepStrictEqual } from 'node:util';
import type { Case } from './case.ts';
import { HttpConnection } from './connection.ts';
import { median } from './load.ts';
import { type ServerName, type ServerProcess, startServer } from './process.ts';
import { openWire, type Wire } from './wire.ts';

/** How many statements one request of each case costs each server. */
export type Statements<One> = ReadonlyMap<One, ReadonlyMap<ServerName, number>>;

/** So often is a case asked: a server may look something up now and then, and items have contacts or not. */
const asked = 9;

/**
 * Asks every server every case. Throws where their answers differ, cursors apart: to compare what answers
 * differently is worth nothing. Returns how many statements each needed, counted on the way to PostgreSQL.
 */
export async function checkAnswers(
  cases: readonly Case[],
  names: readonly ServerName[],
  databaseUrl: string,
): Promise<Statements<Case>> {
  const counts = new Map(cases.map((one) => [one, new Map<ServerName, number>()]));
  const answers = new Map<Case, unknown>();
  for (const name of names) {
    await withCountedServer(name, databaseUrl, async (server, wire) => {
      for (const one of cases) {
        const answer = await ask(server, one, wire);
        counts.get(one)?.set(name, answer.statements);
        if (!answers.has(one)) answers.set(one, answer.bodies);
        else if (!isDeepStrictEqual(answers.get(one), answer.bodies)) {
          throw new Error(`'${name}' does not answer '${one.name}' as '${names[0]}' does.`);
        }
      }
    });
  }
  return counts;
}

/** Asks every server every request a few times, and counts the statements that each needed. */
export async function countStatements<One extends { request: () => Buffer }>(
  cases: readonly One[],
  names: readonly ServerName[],
  databaseUrl: string,
): Promise<Statements<One>> {
  const counts = new Map(cases.map((one) => [one, new Map<ServerName, number>()]));
  for (const name of names) {
    await withCountedServer(name, databaseUrl, async (server, wire) => {
      for (const one of cases) {
        const requests = Array.from({ length: asked }, one.request);
        counts.get(one)?.set(name, (await ask(server, { requests }, wire)).statements);
      }
    });
  }
  return counts;
}

async function withCountedServer(
  name: ServerName,
  databaseUrl: string,
  run: (server: ServerProcess, wire: Wire) => Promise<void>,
): Promise<void> {
  const wire = await openWire(databaseUrl);
  try {
    const server = await startServer(name, { databaseUrl: wire.url });
    await run(server, wire).finally(() => server.stop());
  } finally {
    await wire.close();
  }
}

async function ask({ port }: ServerProcess, { requests }: Pick<Case, 'requests'>, wire: Wire) {
  const connection = await HttpConnection.open(port);
  const bodies: unknown[] = [];
  const costs: number[] = [];
  for (let n = 0; n < asked; n++) {
    const before = wire.statements();
    const { body } = await connection.send(requests[n % requests.length] ?? Buffer.alloc(0));
    costs.push(wire.statements() - before);
    bodies.push(withoutCursors(JSON.parse(body.toString())));
  }
  connection.close();
  return { bodies, statements: median(costs) };
}

const cursors = new Set(['endCursor', 'next_cursor']);

/** Every server has cursors of its own. */
const withoutCursors = (body: unknown): unknown =>
  JSON.parse(JSON.stringify(body, (key, value) => (cursors.has(key) ? undefined : value)));
