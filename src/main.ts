import './node-env.ts';
import process from 'node:process';
import { runKeys } from './cli/keys.ts';
import { serve } from './cli/serve.ts';
import { type Config, ConfigError, readConfig } from './config.ts';
import { classifyDatabaseError } from './postgres/errors.ts';
import { joinDatabase, type StartedDatabase } from './postgres/start.ts';
import { StartupError } from './postgres/startup-error.ts';

const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** Exits with one line for an expected error, with a stack trace for a bug. */
function fail(error: unknown): never {
  const isExpected = error instanceof ConfigError || error instanceof StartupError;
  process.stderr.write(
    `${isExpected ? error.message : error instanceof Error ? error.stack : error}\n`,
  );
  process.exit(1);
}

/** Two signals within this time, in ms, are one Ctrl-C: the terminal sends it to npm and to us, and npm forwards it. */
const repeatInterval = 1000;

/** Resolves at the first SIGTERM or SIGINT, even during the start. A later one exits at once. */
const shutdownSignal = (): Promise<void> =>
  new Promise((resolve) => {
    let firstAt: number | undefined;
    const onSignal = () => {
      firstAt ??= Date.now();
      if (Date.now() - firstAt > repeatInterval) process.exit(1);
      resolve();
    };
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  });

async function withDatabase(
  config: Config,
  run: (database: StartedDatabase) => Promise<void>,
): Promise<void> {
  const database = await joinDatabase(config);
  try {
    await run(database);
  } catch (error) {
    // The database may belong to another command, which stops it when it ends.
    const classified = classifyDatabaseError(error);
    if (classified === undefined) throw error;
    throw new StartupError(`${database.place}: ${classified.message}`);
  } finally {
    await database.close();
  }
}

/** Loads `.env` from the working directory. Variables that are set already are kept. */
function loadEnvFile(): void {
  try {
    process.loadEnvFile();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw new ConfigError(`Cannot read .env: ${message}`);
  }
}

async function main(): Promise<void> {
  const [command = 'serve', ...args] = process.argv.slice(2);
  loadEnvFile();
  const config = readConfig(process.env);
  switch (command) {
    case 'serve':
      return serve({ config, print, shutdown: shutdownSignal() });
    case 'migrate':
      return withDatabase(config, async ({ place }) =>
        print(`The database at ${place} is up to date.`),
      );
    case 'keys':
      return withDatabase(config, ({ db }) => runKeys(db, args, print));
    default:
      throw new ConfigError(`Unknown command '${command}'. Use serve, migrate or keys.`);
  }
}

main().then(() => process.exit(0), fail);
