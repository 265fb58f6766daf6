import { ConfigError } from '../../config.ts';
import { ApiError } from '../../errors.ts';
import { usages } from '../usages.ts';
import { exportFile } from './export-file.ts';
import { GatewayClient } from './gateway-client.ts';
import { importFile } from './import-file.ts';
import { importServer } from './import-server.ts';
import { createTarget, type FileCommandOptions, readArguments } from './options.ts';
import type { Terminal } from './progress.ts';

export interface FilesOptions extends FileCommandOptions {
  print: (text: string) => void;
  terminal: Terminal;
}

/** Runs `import FILE`, `import --from URL` or `export`. Throws ConfigError, also for what a gateway refuses. */
export async function runFiles(
  command: 'import' | 'export',
  args: readonly string[],
  { print, terminal, ...options }: FilesOptions,
): Promise<void> {
  const { values, positionals } = readArguments(args);
  const { from, key, to, 'to-key': toKey, ...others } = values;
  const [file, another] = positionals;
  if (another !== undefined) throw new ConfigError(`Name one file.\n${usages[command]}`);
  try {
    if (command === 'export') {
      const client = createTarget({ to, key }, options);
      return await exportFile(others as typeof values, { client, print });
    }
    if (from === undefined) {
      if (file === undefined) throw new ConfigError(usages[command]);
      const client = createTarget({ to, key }, options);
      return await importFile(file, others as typeof values, { client, terminal, print });
    }
    if (!URL.canParse(from)) throw new ConfigError(`--from must be a URL, not '${from}'.`);
    if (key === undefined) throw new ConfigError('Name a key of that server with --key.');
    const client = createTarget({ to, key: toKey }, options);
    const advice = 'Compare --from with the URL of that server.';
    const source = new GatewayClient({ url: from, key, advice });
    const { board } = others;
    return await importServer({ client, from: source, board, terminal, print });
  } catch (error) {
    throw error instanceof ApiError ? new ConfigError(error.message) : error;
  }
}
