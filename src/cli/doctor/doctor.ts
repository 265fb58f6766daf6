import { withConnection } from '../../backup/connection.ts';
import { type Config, ConfigError } from '../../config.ts';
import { counted } from '../../errors.ts';
import { hasTables } from '../../postgres/migrate.ts';
import { joinServer } from '../../postgres/start.ts';
import { StartupError } from '../../postgres/startup-error.ts';
import { usages } from '../usages.ts';
import { contentChecks } from './content-checks.ts';
import { databaseChecks, noTables } from './database-checks.ts';
import { settingChecks } from './setting-checks.ts';

export interface DoctorOptions {
  config: Config;
  /** Of this process, such as 24.1.0. */
  nodeVersion: string;
  print: (text: string) => void;
}

/** Prints the result of each check. Throws StartupError where there are problems. */
export async function runDoctor(
  args: readonly string[],
  { config, nodeVersion, print }: DoctorOptions,
): Promise<void> {
  if (args.length > 0) throw new ConfigError(usages.doctor);
  const server = await joinServer(config, { mustExist: true });
  let count = 0;
  try {
    await withConnection(server.connection, async (client) => {
      const checks = (await hasTables(client))
        ? [...settingChecks, ...databaseChecks, ...contentChecks]
        : [noTables];
      for (const { name, run } of checks) {
        const problems = await run({ config, nodeVersion, client }).catch((error: Error) => [
          `This could not be checked: ${error.message}`,
        ]);
        print(`${problems.length === 0 ? 'ok     ' : 'PROBLEM'} ${name}`);
        for (const problem of problems) print(`        ${problem}`);
        count += problems.length;
      }
    });
  } finally {
    await server.close();
  }
  if (count > 0) throw new StartupError(`${counted(count, 'problem')} in ${server.place}.`);
  print(`No problem in ${server.place}.`);
}
