import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, inject, it, vi } from 'vitest';
import { expectSameRows, expectServes, populate } from '../support/database-copies.ts';
import { newDatabase, query, urlOf } from '../support/databases.ts';
import { outputOf } from '../support/file-commands.ts';
import { addCleanup, cleanUp, newFolder } from '../support/folders.ts';
import { longTimeouts } from '../support/platform.ts';
import { build, launch, start } from '../support/program.ts';
import { openWorld } from '../support/world.ts';

vi.setConfig(longTimeouts);
beforeAll(build);
afterAll(cleanUp);

/** Creates a role that is no superuser. */
async function newRole(): Promise<string> {
  const role = `gateway_${randomBytes(8).toString('hex')}`;
  const { password } = inject('server');
  await query(inject('server'), `CREATE ROLE ${role} LOGIN PASSWORD '${password ?? 'geheim'}'`);
  addCleanup(() => query(inject('server'), `DROP ROLE ${role}`));
  return role;
}

/** Creates a database that a role owns, and returns its URL for that role. */
async function ownedBy(user: string): Promise<string> {
  const database = await newDatabase();
  await query(inject('server'), `ALTER DATABASE ${database} OWNER TO ${user}`);
  return urlOf({ user, database });
}

it(
  'needs no rights but those of the owner of the database: to serve, back up, restore and move',
  async () => {
    const role = await newRole();
    const [source, restored, moved] = [
      await ownedBy(role),
      await ownedBy(role),
      await ownedBy(role),
    ];
    const [folder, file] = [newFolder(), join(newFolder(), 'file')];
    const env = { DATABASE_URL: source, DEMO: 'on', ENCRYPTION_KEY: 'x'.repeat(32) };
    const server = await start({ folder, env });
    await server.end();
    const world = openWorld({ connectionString: source });
    await populate(world);
    await world.close();

    await outputOf(launch('backup', { folder, env }, file));
    await outputOf(launch('restore', { folder, env: { ...env, DATABASE_URL: restored } }, file));
    const own = ['_prisma_migrations', '_applied_function'];
    await expectSameRows({ connectionString: source }, { connectionString: restored }, own);
    await expectServes({ connectionString: restored });
    await outputOf(launch('move', { folder, env }, '--to', moved));
    // The demo key is left behind.
    await expectSameRows({ connectionString: source }, { connectionString: moved }, [
      ...own,
      'api_key',
    ]);
  },
  3 * longTimeouts.testTimeout,
);
