import type { Config } from '../config.ts';
import { urlOf } from '../http/server.ts';
import { StartupError } from '../postgres/startup-error.ts';
import type { Bootstrapped } from '../seed/bootstrap.ts';
import { WorkerPool } from '../workers/pool.ts';
import { availabilityLog, createLog } from './log.ts';
import { type ServedMetrics, startMetrics } from './metrics.ts';

export interface ServeOptions {
  config: Config;
  print: (text: string) => void;
  /** Resolves when the server is to stop. */
  shutdown: Promise<void>;
  /** Calls the listener when the workers are to be restarted. */
  onRestart: (listener: () => void) => void;
}

/**
 * Node's options for workers. Prisma's query compiler is WebAssembly, whose optimizing compiler takes 100 MB. The limit
 * of the heap is a last resort: `limits/in-flight.ts` bounds the memory of requests.
 */
const workerFlags = [
  '--liftoff-only',
  '--max-old-space-size=320',
  // New objects take up to three times as much: with 32, a worker kept 270 MB after floods of large requests.
  '--max-semi-space-size=16',
  // For `workers/idle-memory.ts`.
  '--expose-gc',
];

/**
 * Settings of glibc's malloc for workers: few arenas, and free memory goes back to the system. With its defaults a
 * worker kept 40 MB more after floods of large requests. The parts of bodies, of up to 64 KiB, are mapped each: in the
 * heap, what lies between them kept 80 MB of it after 800 slow bodies.
 */
const workerEnv = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_TRIM_THRESHOLD_: '131072',
  MALLOC_MMAP_THRESHOLD_: '60000',
};

/** Starts the database, and the workers that serve requests, until `shutdown`. Throws StartupError if it loses either. */
export async function serve(options: ServeOptions): Promise<void> {
  const { config, print, shutdown, onRestart } = options;
  const pool = new WorkerPool({
    size: config.workers,
    execArgv: workerFlags,
    env: workerEnv,
    log: createLog(config),
  });
  try {
    // Loads Prisma and node-postgres, beside the first worker.
    const { settingsOf, withBootstrappedDatabase } = await import('./bootstrapped-database.ts');
    // Workers log when the database is unavailable to them.
    await withBootstrappedDatabase(config, undefined, async (database, bootstrapped) => {
      const { place, lost } = database;
      let metrics: ServedMetrics | undefined;
      try {
        await pool.start(await settingsOf(config, database, bootstrapped));
        onRestart(() => pool.restart());
        metrics = await startMetrics(config, () => pool.readMetrics());
        const url = urlOf(config.host, pool.port);
        print(startMessage({ ...config, url, place, metrics }, bootstrapped));
        const end = Promise.race([lost, pool.failed]).then((reason) => {
          throw new StartupError(reason);
        });
        await Promise.race([shutdown, end]);
      } finally {
        metrics?.close();
        await pool.stop();
      }
    });
  } finally {
    // Also where the database does not start: a worker that is still starting would print that its supervisor has gone.
    await pool.stop();
  }
}

/** Serves requests in this process, for development: without supervisor and workers. */
export async function serveAlone({ config, print, shutdown }: ServeOptions): Promise<void> {
  const { createServer } = await import('./worker.ts');
  const { settingsOf, withBootstrappedDatabase } = await import('./bootstrapped-database.ts');
  const listener = availabilityLog(createLog(config));
  await withBootstrappedDatabase(config, listener, async (database, bootstrapped) => {
    const { db, place, lost } = database;
    const settings = await settingsOf(config, database, bootstrapped);
    const { start, metrics: own } = await createServer(db, settings, createLog(config));
    const server = await start(config.port);
    const metrics = await startMetrics(config, async () => [
      { worker: '1', values: await own?.toJson() },
    ]);
    print(startMessage({ ...config, url: server.url, place, metrics }, bootstrapped));
    const end = lost.then((reason) => {
      throw new StartupError(reason);
    });
    await Promise.race([shutdown, end]);
    metrics?.close();
    await server.close();
  });
}

interface StartedServer extends Pick<Config, 'access'> {
  url: string;
  place: string;
  metrics: ServedMetrics | undefined;
}

/** Scripts wait for its last line. Of all keys, only the demo key is shown. */
function startMessage(
  { url, place, access, metrics }: StartedServer,
  { demoKey, isDemoLocked, hasKey }: Bootstrapped,
): string {
  const createKey =
    'npm run keys -- create --workspace "My company" --agent "My agent" --name "First key"';
  const key = hasKey ? 'one of your API keys' : `none yet; create the first one: ${createKey}`;
  return [
    `${access.explorer ? 'Explorer ' : 'GraphQL  '} ${url}/graphql`,
    `REST      ${url}/api/crm`,
    `Data      ${place}`,
    ...(metrics === undefined ? [] : [`Metrics   ${metrics.url}`]),
    ...(isDemoLocked ? ['Demo      locked: its keys do not work. DEMO=on unlocks it'] : []),
    `Key       ${demoKey ?? key}`,
    `Try       curl ${url}/api/crm/boards -H "Authorization: Bearer ${demoKey ?? 'YOUR_KEY'}"`,
    `Ready on ${url}`,
  ].join('\n');
}
