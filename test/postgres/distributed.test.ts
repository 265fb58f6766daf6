import pg from 'pg';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { contactsLog } from '../../src/domain/contacts/contact-log.ts';
import { encodePositions } from '../../src/domain/feed/position.ts';
import { LogWatch } from '../../src/live/log-watch.ts';
import { readStart } from '../../src/live/stream-start.ts';
import type { Connection } from '../../src/postgres/client.ts';
import { distribute, localTables } from '../../src/postgres/distribute.ts';
import { callsOn, otherCallsOn, send } from '../support/board-calls.ts';
import { createBoard, mutateOk, type TestBoard } from '../support/boards.ts';
import { addedCosts, runOn } from '../support/citus.ts';
import { query } from '../support/databases.ts';
import { logCallsOn } from '../support/log-calls.ts';
import { createKey, openWorld, useWorld, type World } from '../support/world.ts';

const demo = useWorld();
let world: World;
/** A session on each node. */
let clients: pg.Client[];

/** The databases of the world on all nodes. */
const nodes = (): Connection[] => [
  world.connection,
  ...inject('workers').map((node) => ({ ...node, database: world.connection.database })),
];

/** Creates three contacts, each with an item of the board. Returns their ids. */
const linkContacts = (api: World, { id: boardId }: TestBoard): Promise<string[]> =>
  Promise.all(
    ['p', 'q', 'r'].map(async (name) => {
      const { contact } = await mutateOk<{ contact: { id: string } }>(
        api,
        'createContact',
        { name },
        'contact { id }',
      );
      const input = { boardId, title: name, contactId: contact.id };
      await mutateOk(api, 'createItem', input, 'item { id }');
      return contact.id;
    }),
  );

it('keeps every table with the rows of its workspace, but for those of the coordinator', async () => {
  const keys = await query(
    demo.connection,
    `SELECT c.relname || ': ' || pg_get_indexdef(x.indexrelid) FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid
     WHERE c.relnamespace = 'public'::regnamespace AND c.relname <> ALL ('{${localTables}}') AND x.indisunique
       AND (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = x.indkey[0])
         <> CASE c.relname WHEN 'workspace' THEN 'id' ELSE 'workspace_id' END`,
  );
  expect(keys).toEqual([]);
});

// Functions of writes run on a worker, and a worker has no rows of these tables.
it('has no function that uses a table of the coordinator', async () => {
  const functions = await query(
    demo.connection,
    `SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
     AND prosrc ~ '\\m(${localTables.join('|')})\\M'`,
  );
  expect(functions).toEqual([]);
});

/** Only where `TEST_DATABASE_URL` is a Citus coordinator with workers. */
function describeCluster(): void {
  beforeAll(async () => {
    world = demo;
    const { database } = demo.connection;
    await runOn(nodes(), `ALTER DATABASE ${database} SET citus.enable_stat_counters = on`);
    world = openWorld(demo.connection);
    clients = nodes().map((node) => new pg.Client(node));
    await Promise.all(clients.map((client) => client.connect()));
    return async () => {
      await Promise.all(clients.map((client) => client.end()));
      await world.close();
    };
  });

  it('serves items of workspaces on all workers with statements and commits on one worker each', async () => {
    const used = new Set<unknown>();
    const costly: Record<string, unknown[]> = {};
    for (let n = 0; n < 6 || used.size < inject('workers').length; n += 1) {
      const { key, workspaceId } = await createKey(world, { inOtherWorkspace: true });
      const api: World = { ...world, graphql: (text, input) => world.graphql(text, input, key) };
      const board = await createBoard(api, { A: ['a', 'b', 'c', 'd'], B: ['e'] });
      const [worker] = await query(
        world.connection,
        `SELECT nodeport FROM citus_shards WHERE table_name = 'workspace'::regclass
           AND shardid = get_shard_id_for_distribution_column('workspace', '${workspaceId}')`,
      );
      used.add(worker);
      const contacts = await linkContacts(api, board);
      const calls = {
        ...callsOn(board),
        ...(await logCallsOn(world, key, board)),
        ...otherCallsOn(board, contacts),
      };
      for (const [name, call] of Object.entries(calls)) {
        const added = await addedCosts(clients, () => send(world, key, call));
        if (added.length > 0) costly[name] = added;
      }
    }
    expect(costly).toEqual({});
  });

  it('starts and wakes streams of several logs with statements on one worker each', async () => {
    const boards = [await createBoard(world, { A: ['a'] }), await createBoard(world, { A: ['b'] })];
    const boardIds = boards.map(({ id }) => id);
    const workspaceId = 'workspace_demo';
    const watch = new LogWatch(world.db);
    const ends = [...boardIds, contactsLog].map((logId) =>
      watch.watch({ workspaceId, logId }, () => {}),
    );
    const added = await addedCosts(clients, async () => {
      const positions = await readStart(world.db, workspaceId, { boardIds });
      const after = encodePositions(positions);
      expect(await readStart(world.db, workspaceId, { boardIds, after })).toEqual(positions);
      await watch.poll();
    });
    for (const end of ends) end();
    expect(added).toEqual([]);
  });

  it('filters a large board by the names of its columns on one worker', async () => {
    const large = world.withOptions({ thresholds: { largeParent: 0, sample: 5 } });
    const board = await createBoard(world, { A: ['a', 'b'], B: ['c'] });
    const filter = '{ or: [{ columnName: { contains: "b" } }, { columnName: { eq: "B" } }] }';
    const { data } = await large.graphql(`{ board(id: "${board.id}") {
      items(filter: ${filter}) { nodes { title } totalCount countUpTo(limit: 2) { count } } } }`);
    expect(data).toEqual({
      board: { items: { nodes: [{ title: 'c' }], totalCount: 1, countUpTo: { count: 1 } } },
    });
  });

  it('plans the statements of a write each time, on every node', async () => {
    const found = await Promise.all(
      clients.map((client) =>
        client.query(
          `SELECT proname::text AS name FROM pg_proc
           WHERE proname = ANY($1) AND proconfig @> ARRAY['plan_cache_mode=force_custom_plan']`,
          [['write_items', 'apply_operations', 'sequence_changes']],
        ),
      ),
    );
    expect(found.flatMap(({ rows }) => rows)).toHaveLength(3 * nodes().length);
  });

  it('brings keys back to the coordinator that an earlier version copied to all nodes', async () => {
    await query(world.connection, "SELECT create_reference_table('api_key')");
    expect(await distribute(world.connection)).toEqual([]);
    expect(
      await query(
        world.connection,
        "SELECT count(*)::integer FROM pg_dist_partition WHERE logicalrelid = 'api_key'::regclass",
      ),
    ).toEqual([0]);
    await send(world, (await createKey(world)).key, { rest: 'GET /boards' });
  });
}

if (inject('workers').length > 0) describe('on a cluster', describeCluster);
