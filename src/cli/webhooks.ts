import { createApp } from '../app.ts';
import { ConfigError } from '../config.ts';
import { joinDatabase } from '../postgres/start.ts';
import { readEncryptionKey, warnOfSecrets } from './encryption-key.ts';
import { createLog } from './log.ts';
import { createMetricsIfServed, startMetrics } from './metrics.ts';
import type { ServeOptions } from './serve.ts';

/** Delivers changes to webhooks until `shutdown`, beside servers with WEBHOOKS=off. Throws ConfigError without a key. */
export async function runWebhooks({
  config,
  print,
  shutdown,
}: Pick<ServeOptions, 'config' | 'print' | 'shutdown'>): Promise<void> {
  const encryptionKey = readEncryptionKey(config);
  if (encryptionKey === undefined)
    throw new ConfigError('Set ENCRYPTION_KEY to the key of the servers of this database.');
  const { db, connection, place, close } = await joinDatabase(config);
  const log = createLog(config);
  await warnOfSecrets(db, encryptionKey, log);
  const { allowsPrivate } = config.webhooks;
  const own = await createMetricsIfServed(config, () => ({ ...app.load(), pool: db.$pool }));
  const app = createApp({
    db,
    connection,
    log,
    webhooks: { allowsPrivate, encryptionKey },
    ...config.limits,
  });
  app.deliverWebhooks();
  const metrics = await startMetrics(config, async () => [
    { worker: 'webhooks', values: await own?.toJson() },
  ]);
  print(`Delivering to the webhooks of ${place}`);
  await shutdown;
  metrics?.close();
  await app.close();
  await close();
}
