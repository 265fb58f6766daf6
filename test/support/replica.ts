import { chmodSync, cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import type { Connection } from '../../src/postgres/client.ts';
import type { EmbeddedPostgres } from '../../src/postgres/embedded/embedded.ts';
import { migrate } from '../../src/postgres/migrate.ts';
import { loadDemo } from '../../src/seed/demo.ts';
import { query } from './databases.ts';
import { startIn, stopAll } from './folder-holders.ts';
import { cleanUp, newFolder } from './folders.ts';
import { startTimeout } from './platform.ts';
import { openWorld, type World } from './world.ts';

/** A primary and its streaming replica. */
export interface ReplicatedDatabase {
  primary: EmbeddedPostgres;
  replica: EmbeddedPostgres;
  /** The data folder of the replica. */
  replicaFolder: string;
}

/** Starts an empty primary, and a replica that streams from it. `stopAll` of folder-holders.ts stops both. */
export async function startReplicated(): Promise<ReplicatedDatabase> {
  const [folder, replicaFolder] = [newFolder(), newFolder()];
  // The replica, which runs as another user if this process is root, connects to the socket in it.
  chmodSync(folder, 0o711);
  await (await startIn(folder)).stop();
  cpSync(folder, replicaFolder, { recursive: true });
  writeFileSync(join(replicaFolder, 'postgres/standby.signal'), '');
  const primary = await startIn(folder);
  const replica = await startReplica(replicaFolder, primary.connection);
  return { primary, replica, replicaFolder };
}

/** A primary with the demo and its replica, for the tests of one file. Their properties are there when the tests run. */
export function useReplicatedDemo(): ReplicatedDatabase & { world: World } {
  const demo = {} as ReplicatedDatabase & { world: World };
  afterAll(cleanUp);
  afterAll(stopAll);
  beforeAll(async () => {
    Object.assign(demo, await startReplicated());
    await migrate(demo.primary.connection);
    demo.world = openWorld(demo.primary.connection);
    await loadDemo(demo.world.db);
  });
  afterAll(() => demo.world.close());
  return demo;
}

/** Starts a replica in its folder, and waits until it streams. */
export async function startReplica(
  replicaFolder: string,
  { host, port, user }: Connection,
): Promise<EmbeddedPostgres> {
  const settings = {
    primary_conninfo: `host=${host} port=${port} user=${user}`,
    fsync: 'off',
    shared_buffers: '16MB',
  };
  const replica = await startIn(replicaFolder, { settings });
  const isStreaming = async () =>
    expect(await query(replica.connection, 'SELECT status FROM pg_stat_wal_receiver')).toEqual([
      'streaming',
    ]);
  await vi.waitFor(isStreaming, { timeout: startTimeout, interval: 20 });
  return replica;
}
