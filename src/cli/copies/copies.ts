import { parseArgs } from 'node:util';
import { type Config, ConfigError } from '../../config.ts';
import { type JoinedServer, type JoinOptions, joinServer } from '../../postgres/start.ts';
import { usages } from '../usages.ts';
import { runBackup } from './backup.ts';
import type { CopyFlags } from './copy-flags.ts';
import { runMove } from './move.ts';
import { checkFile, runRestore } from './restore.ts';

export interface CopyOptions {
  config: Pick<Config, 'dataDir' | 'databaseUrl' | 'pooler'>;
  /** Has TARGET_DATABASE_URL where the URL of the target has a password, which an argument would show to others. */
  env: Readonly<Record<string, string | undefined>>;
  print: (text: string) => void;
}

/** Runs `backup`, `restore` or `move`. Throws ConfigError for wrong arguments, StartupError for what cannot be done. */
export async function runCopy(
  command: 'backup' | 'restore' | 'move',
  args: readonly string[],
  { config, env, print }: CopyOptions,
): Promise<void> {
  const usage = usages[command];
  const reason = 'a dry run creates none';
  const { to, 'dry-run': isDry, force, files } = readArguments(args);
  const [file, another] = files;
  const flags: CopyFlags = { isDry, force, print };
  if (another !== undefined) throw new ConfigError(usage);
  if (command === 'move') {
    const target = to ?? env.TARGET_DATABASE_URL;
    if (!target || file !== undefined) throw new ConfigError(usage);
    const where = targetOf(target);
    return withServer(config, { mustExist: true }, (source) =>
      withServer(where, { mustExist: isDry, reason }, (joined) => runMove(source, joined, flags)),
    );
  }
  if (file === undefined || to !== undefined) throw new ConfigError(usage);
  if (command === 'restore') {
    const checked = await checkFile(file, config.pooler, flags);
    return withServer(config, { mustExist: isDry, reason }, (server) =>
      runRestore(server, checked, flags),
    );
  }
  if (isDry) throw new ConfigError(usage);
  return withServer(config, { mustExist: true }, (server) => runBackup(server, file, flags));
}

async function withServer(
  config: CopyOptions['config'],
  options: JoinOptions,
  work: (server: JoinedServer) => Promise<void>,
): Promise<void> {
  const server = await joinServer(config, options);
  try {
    await work(server);
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
    throw new ConfigError(`${error instanceof Error ? error.message : error}\n${usages.move}`);
  }
}

function targetOf(to: string): CopyOptions['config'] {
  if (!/^postgres(ql)?:/.test(to))
    return { dataDir: to, databaseUrl: undefined, pooler: undefined };
  if (!URL.canParse(to))
    throw new ConfigError('The target must look like postgresql://user@host/database.');
  return { dataDir: '', databaseUrl: to, pooler: undefined };
}
