import { isDeepStrictEqual } from 'node:util';
import { type Case, requestsOf } from '../cases/read-cases.ts';
import { HttpConnection } from '../load/http-connection.ts';
import { median } from '../load/load.ts';
import { countStatementsOf, type StatementCounter } from '../load/statement-counter.ts';
import { type ServerName, type ServerProcess, startServer } from '../servers/server-process.ts';

/** The number of SQL statements per request, by case and server. */
export type StatementCounts<One> = ReadonlyMap<One, ReadonlyMap<ServerName, number>>;

/** Requests per case: some statements run only now and then, and items may have no contact. */
const attempts = 9;

/**
 * Sends every case to every server, and throws if their responses differ in more than cursors and the form of instants.
 * Returns the number of statements of each, as a proxy to PostgreSQL counts them.
 */
export async function checkResponses(
  cases: readonly Case[],
  names: ReadonlySet<ServerName>,
  databaseUrl: string,
): Promise<StatementCounts<Case>> {
  const counts = new Map(cases.map((one) => [one, new Map<ServerName, number>()]));
  const bodiesOf = new Map<Case, unknown>();
  for (const name of names) {
    await withCountedServer(name, databaseUrl, async (server, counter) => {
      for (const one of cases) {
        const requests = requestsOf(one, name);
        if (requests === undefined) continue;
        const sampled = await sample(server, { requests }, counter);
        counts.get(one)?.set(name, sampled.statements);
        if (!bodiesOf.has(one)) bodiesOf.set(one, sampled.bodies);
        else if (!isDeepStrictEqual(bodiesOf.get(one), sampled.bodies)) {
          throw new Error(`'${name}' responds differently to '${one.name}' than the gateway.`);
        }
      }
    });
  }
  return counts;
}

/** Sends every case to every server, and returns the number of statements of each. */
export async function countStatements<One extends { request: () => Buffer }>(
  cases: readonly One[],
  names: ReadonlySet<ServerName>,
  databaseUrl: string,
): Promise<StatementCounts<One>> {
  const counts = new Map(cases.map((one) => [one, new Map<ServerName, number>()]));
  for (const name of names) {
    await withCountedServer(name, databaseUrl, async (server, counter) => {
      for (const one of cases) {
        const requests = Array.from({ length: attempts }, one.request);
        counts.get(one)?.set(name, (await sample(server, { requests }, counter)).statements);
      }
    });
  }
  return counts;
}

async function withCountedServer(
  name: ServerName,
  databaseUrl: string,
  run: (server: ServerProcess, counter: StatementCounter) => Promise<void>,
): Promise<void> {
  const counter = await countStatementsOf(databaseUrl);
  try {
    const server = await startServer(name, { databaseUrl: counter.url });
    await run(server, counter).finally(() => server.stop());
  } finally {
    await counter.close();
  }
}

async function sample(
  { port }: ServerProcess,
  { requests }: Pick<Case, 'requests'>,
  counter: StatementCounter,
) {
  const connection = await HttpConnection.open(port);
  const bodies: unknown[] = [];
  const costs: number[] = [];
  for (let n = 0; n < attempts; n++) {
    const before = counter.statements();
    const { body } = await connection.send(requests[n % requests.length] ?? Buffer.alloc(0));
    costs.push(counter.statements() - before);
    bodies.push(comparable(JSON.parse(body.toString())));
  }
  connection.close();
  return { bodies, statements: median(costs) };
}

const cursors = new Set(['endCursor', 'next_cursor']);
const instants = new Set(['createdAt', 'updatedAt', 'created_at', 'updated_at']);

/** The servers have different cursors, and write the same instant with other zeros and another offset. */
const comparable = (body: unknown): unknown =>
  JSON.parse(
    JSON.stringify(body, (key, value) => {
      if (cursors.has(key)) return undefined;
      return instants.has(key) ? new Date(value).toISOString() : value;
    }),
  );
