import { resolve } from 'node:path';
import { ConfigError, readConfig } from '../config.ts';
import { didYouMean } from '../limits/nearest-name.ts';
import { classifyDatabaseError } from '../postgres/errors.ts';
import { joinDatabase } from '../postgres/start.ts';
import { StartupError } from '../postgres/startup-error.ts';
import type { Terminal } from './files/progress.ts';
import { runKeys } from './keys.ts';
import { runMigrate } from './migrate.ts';
import { misspeltSettings } from './misspelt-settings.ts';
import { type ServeOptions, serve, serveAlone } from './serve.ts';
import { isCommand, usages } from './usages.ts';

interface CommandOptions extends Omit<ServeOptions, 'config'> {
  env: Readonly<Record<string, string | undefined>>;
  nodeVersion: string;
  terminal: Terminal;
  /** Prints to stderr. */
  note: (text: string) => void;
}

const commands = Object.keys(usages);

/** Runs a command to its end. Throws StartupError, with a message for the user, for all expected errors. */
export async function runCommand(
  words: readonly string[],
  { env, nodeVersion, terminal, note, ...options }: CommandOptions,
): Promise<void> {
  const { print } = options;
  // `npm start -- --help` names no command.
  const [command = 'serve', ...args] = words[0]?.startsWith('-') ? ['serve', ...words] : words;
  try {
    if (!isCommand(command))
      throw new ConfigError(
        `Unknown command '${command}'. Use one of ${commands.join(', ')}${didYouMean(command, commands) || '.'}`,
      );
    if (args.includes('--help')) return print(usages[command]);
    for (const line of misspeltSettings(env)) note(line);
    const config = readConfig(env);
    switch (command) {
      case 'serve':
        return await serve({ config, ...options });
      case 'dev':
        return await serveAlone({ config, ...options });
      case 'migrate':
        return await withDatabase(joinDatabase(config), (database) =>
          runMigrate(database, args, print),
        );
      case 'keys':
        return await withDatabase(
          joinDatabase(config, { mustExist: args[0] !== 'create' }),
          ({ db, isNew, place }) => {
            if (isNew)
              note(`DATABASE_URL is not set: a database was created in ${resolve(place)}.`);
            return runKeys(db, args, { print, note });
          },
        );
      case 'backup':
      case 'restore':
      case 'move': {
        const { runCopy } = await import('./copies/copies.ts');
        return await runCopy(command, args, { config, env, print });
      }
      case 'doctor': {
        const { runDoctor } = await import('./doctor/doctor.ts');
        return await runDoctor(args, { config, nodeVersion, print });
      }
      case 'webhooks': {
        // Loads the application, which other commands do without.
        const { runWebhooks } = await import('./webhooks.ts');
        return await runWebhooks({ config, ...options });
      }
      case 'import':
      case 'export': {
        const { runFiles } = await import('./files/commands.ts');
        return await runFiles(command, args, { config, env, terminal, print });
      }
    }
  } catch (error) {
    throw error instanceof ConfigError ? new StartupError(error.message) : error;
  }
}

type JoinedDatabase = Awaited<ReturnType<typeof joinDatabase>>;

async function withDatabase(
  joined: Promise<JoinedDatabase>,
  run: (database: JoinedDatabase) => Promise<void>,
): Promise<void> {
  const database = await joined;
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
