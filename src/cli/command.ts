import { ConfigError, readConfig } from '../config.ts';
import { didYouMean } from '../limits/nearest-name.ts';
import { StartupError } from '../postgres/startup-error.ts';
import type { Terminal } from './files/progress.ts';
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
      case 'keys': {
        const { runOnDatabase } = await import('./database-commands.ts');
        return await runOnDatabase(command, args, { config, print, note });
      }
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
