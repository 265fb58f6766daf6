import './node-env.ts';
import process from 'node:process';
import { pino } from 'pino';
import { createApp } from './app.ts';
import { runKeys } from './cli/keys.ts';
import { type Config, ConfigError, readConfig } from './config.ts';
import { listen } from './http/server.ts';
import { classify } from './postgres/errors.ts';
import { joinDatabase, type StartedDatabase, startDatabase } from './postgres/start.ts';
import { StartupError } from './postgres/startup-error.ts';
import { bootstrap } from './seed/bootstrap.ts';

const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** Ends with one clear line for a person; a stack only for what is a bug of ours. */
function stop(error: unknown): never {
  const isExpected = error instanceof ConfigError || error instanceof StartupError;
  process.stderr.write(
    `${isExpected ? error.message : error instanceof Error ? error.stack : error}\n`,
  );
  process.exit(1);
}

async function serve(config: Config): Promise<void> {
  const told = shutdownSignal();
  const log = pino({ level: config.logLevel }, pino.destination({ fd: 2, sync: true }));
  const database = await startDatabase(config, {
    onUnavailable: ({ message }) => log.warn({ reason: message }, 'the database is away'),
    onAvailable: (milliseconds) => log.info({ milliseconds }, 'the database is back'),
  });
  try {
    const demoKey = await bootstrap(database.db, config);
    const app = createApp({ db: database.db, log, rateLimit: config.rateLimit, demoKey });
    const server = await listen(app.listener, config).catch((error) => {
      const reason = error.code === 'EADDRINUSE' ? 'another program listens there' : error.message;
      throw new StartupError(
        `Cannot listen on ${config.host}:${config.port}: ${reason}. Set PORT or HOST.`,
      );
    });
    print(welcome({ url: server.url, place: database.place, key: demoKey }));
    const lost = database.lost.then((reason) => {
      throw new StartupError(reason);
    });
    await Promise.race([told, lost]);
    await server.close();
  } finally {
    await database.close();
  }
}

/** The second of two signals that are this near, in milliseconds, is the same Ctrl-C: from the terminal, and from npm. */
const sameMoment = 1000;

/** Resolves at SIGTERM or SIGINT, also at one that comes during the start. A later one more ends the process at once. */
const shutdownSignal = (): Promise<void> =>
  new Promise((resolve) => {
    let first: number | undefined;
    const onSignal = () => {
      first ??= Date.now();
      if (Date.now() - first > sameMoment) process.exit(1);
      resolve();
    };
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  });

interface Welcome {
  url: string;
  place: string;
  /** The demo world's key; any other is not ours to show. */
  key: string | undefined;
}

const welcome = ({ url, place, key }: Welcome): string =>
  [
    `Explorer  ${url}/graphql`,
    `REST      ${url}/api/crm`,
    `Data      ${place}`,
    `Key       ${key ?? 'one of yours; npm run keys -- create makes another'}`,
    `Try       curl ${url}/api/crm/boards -H "Authorization: Bearer ${key ?? 'YOUR_KEY'}"`,
    `Ready on ${url}`,
  ].join('\n');

async function withDatabase(
  config: Config,
  run: (database: StartedDatabase) => Promise<void>,
): Promise<void> {
  const database = await joinDatabase(config);
  try {
    await run(database);
  } catch (error) {
    // It may be another command's, which ends it when that is done.
    const known = classify(error);
    throw known === undefined ? error : new StartupError(`${database.place}: ${known.message}`);
  } finally {
    await database.close();
  }
}

/** Settings in a `.env` file; what the environment says already goes before it. */
function loadEnvFile(): void {
  try {
    process.loadEnvFile();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw new ConfigError(`The file .env cannot be read: ${message}`);
  }
}

async function main(): Promise<void> {
  const [command = 'serve', ...rest] = process.argv.slice(2);
  loadEnvFile();
  const config = readConfig(process.env);
  switch (command) {
    case 'serve':
      return serve(config);
    case 'migrate':
      return withDatabase(config, async ({ place }) =>
        print(`The database at ${place} has the newest schema.`),
      );
    case 'keys':
      return withDatabase(config, ({ db }) => runKeys(db, rest, print));
    default:
      throw new ConfigError(`There is no command '${command}'. Use serve, migrate or keys.`);
  }
}

main().then(() => process.exit(0), stop);
