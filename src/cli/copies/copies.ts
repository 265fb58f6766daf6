import { parseArgs } from 'node:util';
import { type Config, ConfigError } from '../../config.ts';
import { classifyDatabaseError } from '../../postgres/errors.ts';
import { joinServer } from '../../postgres/start.ts';
import { StartupError } from '../../postgres/startup-error.ts';
import { runBackup } from './backup.ts';
import { runMove } from './move.ts';
import { runRestore } from './restore.ts';

export interface CopyOptions {
  config: Pick<Config, 'dataDir' | 'databaseUrl' | 'isPooled'>;
  print: (text: string) => void;
}

const usage = `Usage:
  npm run backup -- FILE                    writes all rows of one moment to FILE, also while servers run
  npm run restore -- FILE [--dry-run] [--force]
                                            replaces the rows of the database by those of FILE
  npm run move -- --to TARGET [--dry-run] [--force]
                                            copies the database to TARGET, a URL postgresql://… or a data folder
The database is the one of DATABASE_URL, or of DATA_DIR. restore and move go into an empty database; --force deletes
the rows that it has. --dry-run checks and changes nothing. See docs/backup.md.`;

/** Runs `backup`, `restore` or `move`. Throws ConfigError for wrong arguments, StartupError for what cannot be done. */
export async function runCopy(
  command: 'backup' | 'restore' | 'move',
  args: readonly string[],
  { config, print }: CopyOptions,
): Promise<void> {
  if (args.includes('--help')) return print(usage);
  const { to, 'dry-run': isDry, force, files } = readArguments(args);
  const [file] = files;
  const isComplete = command === 'move' ? to !== undefined && !file : file !== undefined && !to;
  if (!isComplete || files.length > 1 || (command === 'backup' && (isDry || force)))
    throw new ConfigError(usage);
  const server = await joinServer(config);
  try {
    if (command === 'backup') return await runBackup(server, file ?? '', print);
    if (command === 'restore') return await runRestore(server, file ?? '', { isDry, force, print });
    const target = await joinServer(targetOf(to ?? ''));
    try {
      await runMove(server, target, { isDry, force, print });
    } finally {
      await target.close();
    }
  } catch (error) {
    const classified = classifyDatabaseError(error);
    if (classified === undefined || !(error instanceof Error)) throw error;
    throw new StartupError(`${server.place}: ${classified.message} (${error.message})`);
  } finally {
    await server.close();
  }
}

function readArguments(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        to: { type: 'string' },
        'dry-run': { type: 'boolean', default: false },
        force: { type: 'boolean', default: false },
      },
    });
    return { ...values, files: positionals };
  } catch (error) {
    throw new ConfigError(`${error instanceof Error ? error.message : error}\n${usage}`);
  }
}

function targetOf(to: string): CopyOptions['config'] {
  if (!/^postgres(ql)?:/.test(to)) return { dataDir: to, databaseUrl: undefined, isPooled: false };
  if (!URL.canParse(to))
    throw new ConfigError(`--to must look like postgresql://user@host/database.`);
  return { dataDir: '', databaseUrl: to, isPooled: false };
}
