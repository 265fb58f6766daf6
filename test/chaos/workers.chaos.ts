import { afterAll, beforeAll, describe, it, vi } from 'vitest';
import { clientAt } from '../support/client.ts';
import { type Crowd, checkConcurrentMoves, checkConcurrentUpdates } from '../support/crowd.ts';
import { embeddedConnection } from '../support/databases.ts';
import { documentedCalls, expectDocumented } from '../support/documented-calls.ts';
import { cleanUp, newFolder } from '../support/folders.ts';
import { longTimeouts } from '../support/platform.ts';
import { build, type Server, start } from '../support/program.ts';

vi.setConfig(longTimeouts);
afterAll(cleanUp);

const workers = 2;

describe('a server with two workers', () => {
  let server: Server;
  let crowd: Crowd;
  beforeAll(async () => {
    build();
    const folder = newFolder();
    server = await start({ folder, env: { WORKERS: `${workers}` } });
    const clients = [clientAt(server.url)];
    crowd = { clients, connection: embeddedConnection(folder), writers: 2 * workers };
  });
  afterAll(() => server.end());

  it.each(documentedCalls)('responds as documented: $name', (call) =>
    expectDocumented(clientAt(server.url), call));

  it('applies 200 concurrent moves in the order of the log, at unique positions', () =>
    checkConcurrentMoves(crowd));

  it('applies exactly one update per version of 200 concurrent ones', () =>
    checkConcurrentUpdates(crowd));
});
