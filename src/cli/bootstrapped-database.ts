import { type Config, isLocal } from '../config.ts';
import type { AvailabilityListener } from '../postgres/availability.ts';
import { checkReplica } from '../postgres/replica/replica-identity.ts';
import { type StartedDatabase, startDatabase } from '../postgres/start.ts';
import { type Bootstrapped, bootstrap } from '../seed/bootstrap.ts';
import { readEncryptionKey, warnOfSecrets } from './encryption-key.ts';
import { createLog } from './log.ts';
import type { WorkerSettings } from './worker.ts';

/** Starts and fills the database, and stops it after `run`. Throws StartupError. */
export async function withBootstrappedDatabase(
  config: Config,
  listener: AvailabilityListener | undefined,
  run: (database: StartedDatabase, bootstrapped: Bootstrapped) => Promise<void>,
): Promise<void> {
  const database = await startDatabase(config, listener);
  try {
    await run(database, await bootstrap(database.db, config));
  } finally {
    await database.close();
  }
}

/** The settings of workers. Throws StartupError where the replica is none of this database. */
export async function settingsOf(
  config: Config,
  { db, connection }: StartedDatabase,
  { demoKey, lockedWorkspaceId }: Bootstrapped,
): Promise<WorkerSettings> {
  const { host, port, metricsPort, logLevel, slowRequest, trustProxy, access, tokens } = config;
  const { changeLogDays, webhooks, limits, readDatabaseUrl } = config;
  const replica = readDatabaseUrl === undefined ? undefined : { connectionString: readDatabaseUrl };
  if (replica !== undefined) await checkReplica(db, replica);
  const encryptionKey = readEncryptionKey(config);
  await warnOfSecrets(db, encryptionKey, createLog(config));
  return {
    host,
    port,
    logLevel,
    metricsPort,
    slowRequest,
    trustProxy,
    access,
    tokens,
    changeLogDays,
    webhooks,
    encryptionKey,
    limits,
    connection,
    replica,
    // Everybody who can open the explorer sees its key.
    explorerKey: isLocal({ host, trustProxy }) ? demoKey : undefined,
    lockedWorkspaceId,
  };
}
