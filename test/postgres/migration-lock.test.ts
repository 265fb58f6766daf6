import pg from 'pg';
import { expect, inject, it, onTestFinished, vi } from 'vitest';
import { withMigrationLock } from '../../src/postgres/migration-lock.ts';
import { newDatabase } from '../support/databases.ts';

it('gives up its locks and tries again where a write that waits for them has one that it asks for', async () => {
  const database = await newDatabase();
  const connect = async () => {
    const client = new pg.Client({ ...inject('server'), database });
    await client.connect();
    onTestFinished(() => client.end());
    return client;
  };
  const [migrating, writing, watching] = [await connect(), await connect(), await connect()];
  await watching.query('CREATE TABLE item (id int)');
  await writing.query('BEGIN');
  await writing.query('SELECT FROM item');
  let written: Promise<unknown> | undefined;
  let attempts = 0;
  await withMigrationLock(migrating, async () => {
    attempts += 1;
    await migrating.query('LOCK TABLE item IN SHARE MODE');
    if (written === undefined) {
      written = writing.query('INSERT INTO item VALUES (1)').then(() => writing.query('COMMIT'));
      await vi.waitFor(
        async () => {
          const { rows } = await watching.query(
            "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
          );
          expect(rows).toHaveLength(1);
        },
        { timeout: 10_000 },
      );
    }
    await migrating.query('LOCK TABLE item IN ACCESS EXCLUSIVE MODE');
  });
  await written;
  expect(attempts).toBeGreaterThan(1);
  expect((await watching.query('SELECT id FROM item')).rows).toEqual([{ id: 1 }]);
});
