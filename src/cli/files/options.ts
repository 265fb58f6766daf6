import { parseArgs } from 'node:util';
import { type Config, ConfigError } from '../../config.ts';
import { urlOf } from '../../http/server.ts';
import { demoKey } from '../../seed/demo.ts';
import { usages } from '../usages.ts';
import { GatewayClient } from './gateway-client.ts';
import type { Terminal } from './progress.ts';

/** Where an import or an export runs. */
export interface FileCommandOptions {
  config: Pick<Config, 'host' | 'port' | 'demo'>;
  env: Readonly<Record<string, string | undefined>>;
}

export interface ImportFileOptions {
  client: GatewayClient;
  terminal: Terminal;
  print: (text: string) => void;
}

/** The arguments of both commands. Throws ConfigError for unknown ones. */
export function readArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        board: { type: 'string' },
        map: { type: 'string', multiple: true },
        match: { type: 'string' },
        'dry-run': { type: 'boolean', default: false },
        yes: { type: 'boolean', default: false },
        again: { type: 'boolean', default: false },
        decimal: { type: 'string' },
        dates: { type: 'string' },
        'create-board': { type: 'boolean', default: false },
        delimiter: { type: 'string' },
        encoding: { type: 'string' },
        from: { type: 'string' },
        to: { type: 'string' },
        key: { type: 'string' },
        'to-key': { type: 'string' },
        format: { type: 'string' },
        out: { type: 'string' },
        force: { type: 'boolean', default: false },
        bom: { type: 'boolean', default: false },
        'escape-formulas': { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new ConfigError(`${error instanceof Error ? error.message : error}\n${usages.import}`);
  }
}

export type FileArguments = ReturnType<typeof readArguments>['values'];

/** Addresses to listen on that are none to connect to. */
const wildcards: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/**
 * The gateway of a command: the one that runs with these settings, unless the arguments or ITEMS_GATEWAY_URL name another.
 * Throws ConfigError without a key.
 */
export function createTarget(
  { to = '', key = '' }: { to?: string | undefined; key?: string | undefined },
  { config, env }: FileCommandOptions,
): GatewayClient {
  const { host, port, demo } = config;
  const url = to || env.ITEMS_GATEWAY_URL || urlOf(wildcards[host] ?? host, port);
  const isLocal = to === '' && !env.ITEMS_GATEWAY_URL;
  const found = key || env.ITEMS_GATEWAY_KEY || (isLocal && demo ? demoKey : '');
  if (found === '')
    throw new ConfigError(`Set ITEMS_GATEWAY_KEY to a key of ${url}, or name one with --key.`);
  if (!URL.canParse(url)) throw new ConfigError(`'${url}' is not a URL.`);
  const advice = isLocal
    ? 'Start the server with npm start, with the same PORT and HOST, or name another one with --to or ITEMS_GATEWAY_URL.'
    : `Compare ${to ? '--to' : 'ITEMS_GATEWAY_URL'} with the URL of the server, and whether it runs.`;
  return new GatewayClient({ url, key: found, advice });
}
