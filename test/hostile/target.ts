import { type Connection, openDatabase } from '../../src/postgres/client.ts';
import { createClient } from '../support/client.ts';
import { embeddedConnection, query } from '../support/databases.ts';
import { newFolder } from '../support/folders.ts';
import { build, type Server, start } from '../support/program.ts';
import { createKey } from '../support/world.ts';
import { Attacker } from './attacker.ts';
import { Neighbour } from './neighbour.ts';
import { itemCount } from './settings.ts';

/** The board that is attacked; the demo's workspace has it. */
export const attackedBoard = 'board_attacked';
/** A board of the same workspace with few items of 50 KB and of many labels. */
export const largeBoard = 'board_large';
const largeItemCount = 240;
const contactCount = 20_000;

const fillBoard = [
  `INSERT INTO board (workspace_id, id, name, revision) VALUES ('workspace_demo', '${attackedBoard}', 'Attacked', 1)`,
  `INSERT INTO board_column (workspace_id, board_id, id, name, position)
   SELECT 'workspace_demo', '${attackedBoard}', 'col_attacked_' || n, 'Column ' || n, n FROM generate_series(0, 5) n`,
  `SELECT load_items('workspace_demo', '${attackedBoard}', array_agg(jsonb_populate_record(NULL::item,
     jsonb_build_object('workspace_id', 'workspace_demo', 'board_id', '${attackedBoard}',
       'column_id', 'col_attacked_' || n % 6, 'id', 'item_attacked_' || n, 'position', n * 64, 'version', 1,
       'title', 'Deal ' || md5(n::text) || ' ' || md5((-n)::text), 'created_by_id', 'agent_123',
       'created_at', now(), 'updated_at', now(), 'labels', '[]'::jsonb, 'conversation_ids', '[]'::jsonb,
       'values', jsonb_build_object('amount', n, 'phone', '+62' || n, 'source', md5((n % 10)::text))))))
   FROM generate_series(1, ${itemCount}) n GROUP BY n / 1000`,
  `INSERT INTO board (workspace_id, id, name, revision) VALUES ('workspace_demo', '${largeBoard}', 'Large', 1)`,
  `INSERT INTO board_column (workspace_id, board_id, id, name, position)
   VALUES ('workspace_demo', '${largeBoard}', 'col_large', 'Column', 0)`,
  `SELECT load_items('workspace_demo', '${largeBoard}', array_agg(jsonb_populate_record(NULL::item,
     jsonb_build_object('workspace_id', 'workspace_demo', 'board_id', '${largeBoard}', 'column_id', 'col_large',
       'id', 'item_large_' || n, 'position', n * 64, 'version', 1, 'title', 'Large ' || n, 'created_by_id', 'agent_123',
       'created_at', now(), 'updated_at', now(), 'labels', (SELECT jsonb_agg('label ' || l) FROM generate_series(1, 50) l),
       'conversation_ids', '[]'::jsonb, 'values', jsonb_build_object('text', repeat('a', 50000) || n)))))
   FROM generate_series(1, ${largeItemCount}) n GROUP BY n / 40`,
  `INSERT INTO contact (workspace_id, id, name, phone, email, created_at, updated_at)
   SELECT 'workspace_demo', 'contact_attacked_' || n, 'Person ' || md5(n::text) || ' ' || md5((-n)::text),
     '+6281' || n, md5(n::text) || '@example.com', now(), now() FROM generate_series(1, ${contactCount}) n`,
  'ANALYZE',
];

/** A server that is attacked, and a neighbour that uses it. */
export interface Target {
  server: Server;
  neighbour: Neighbour;
  database: Connection;
  /** An attacker with new keys: a read-only one of the demo's workspace, and one that may write. */
  attacker(workspace?: { inOtherWorkspace?: boolean }): Promise<Attacker>;
  stop(): Promise<void>;
}

/** Attacks by their names. */
export type Attacks = Record<string, (attacker: Attacker, target: Target) => Promise<unknown>>;

/** Starts the compiled server in a new folder, with its embedded database. */
export async function startTarget(env: Record<string, string> = {}): Promise<Target> {
  build();
  const folder = newFolder();
  const server = await start({ folder, env: { LOG_LEVEL: 'warn', ...env } });
  const database = embeddedConnection(folder) as Connection;
  await query(database, ...fillBoard);
  const { db, close } = openDatabase(database);
  const { key } = await createKey({ db }, { inOtherWorkspace: true });
  const client = createClient((path, init) => fetch(server.url + path, init), key);
  const { data } = await client.graphql<{ made: { board: { id: string } } }>(
    'mutation { made: createBoard(input: { name: "Neighbour", columns: [{ name: "A" }] }) { board { id } } }',
  );
  const board = `/boards/${data.made.board.id}`;
  const { body } = await client.rest<{ id: string }>('POST', `${board}/items`, {
    body: { title: 'A small item' },
  });
  const neighbour = new Neighbour(`${server.url}/api/crm${board}/items/${body.data.id}`, key);
  return {
    server,
    neighbour,
    database,
    attacker: async (workspace = {}) => {
      const reader = await createKey({ db }, { isReadOnly: true });
      const writer = await createKey({ db }, workspace);
      return new Attacker(server.url, { readKey: reader.key, writeKey: writer.key });
    },
    stop: async () => {
      neighbour.stop();
      await close();
      await server.end();
    },
  };
}
