import { pino } from 'pino';
import { createApp } from '../app.ts';
import type { Config } from '../config.ts';
import { listen, type RunningServer } from '../http/server.ts';
import { startDatabase } from '../postgres/start.ts';
import { StartupError } from '../postgres/startup-error.ts';
import { bootstrap } from '../seed/bootstrap.ts';

interface ServeOptions {
  config: Config;
  print: (text: string) => void;
  /** Resolves when the server is to stop. */
  shutdown: Promise<void>;
}

/** Runs the database and the server until `shutdown`. Throws StartupError, also if the embedded database is lost. */
export async function serve({ config, print, shutdown }: ServeOptions): Promise<void> {
  const log = pino({ level: config.logLevel }, pino.destination({ fd: 2, sync: true }));
  const database = await startDatabase(config, {
    onUnavailable: ({ message }) => log.warn({ reason: message }, 'database unavailable'),
    onAvailable: (milliseconds) => log.info({ milliseconds }, 'database available again'),
  });
  try {
    const { db, place } = database;
    const demoKey = await bootstrap(db, config);
    const { listener } = createApp({
      db,
      log,
      demoKey,
      trustProxy: config.trustProxy,
      sharesRates: true,
      ...config.limits,
    });
    const server = await listen(listener, { ...config, ...config.limits }).catch((error) =>
      explain(error, config),
    );
    print(startMessage(server, { place, demoKey }));
    const lost = database.lost.then((reason) => {
      throw new StartupError(reason);
    });
    await Promise.race([shutdown, lost]);
    await server.close();
  } finally {
    await database.close();
  }
}

function explain({ code, message }: NodeJS.ErrnoException, { host, port }: Config): never {
  const reason = code === 'EADDRINUSE' ? 'the port is in use' : message;
  throw new StartupError(`Cannot listen on ${host}:${port}: ${reason}. Set PORT or HOST.`);
}

/** Scripts wait for its last line. Of all keys, only the demo key is shown. */
const startMessage = (
  { url }: RunningServer,
  { place, demoKey }: { place: string; demoKey: string | undefined },
): string =>
  [
    `Explorer  ${url}/graphql`,
    `REST      ${url}/api/crm`,
    `Data      ${place}`,
    `Key       ${demoKey ?? 'your API key; npm run keys -- create creates one'}`,
    `Try       curl ${url}/api/crm/boards -H "Authorization: Bearer ${demoKey ?? 'YOUR_KEY'}"`,
    `Ready on ${url}`,
  ].join('\n');
