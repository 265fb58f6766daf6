import { z } from 'zod';

const onOff = z
  .enum(['1', '0', 'true', 'false', 'on', 'off', 'yes', 'no'], 'must be on or off')
  .transform((value) => ['1', 'true', 'on', 'yes'].includes(value));

const settings = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce
    .number('must be a port number, or 0 for any free port')
    .int('must be a whole number')
    .min(0, 'must be 0 to 65535')
    .max(65535, 'must be 0 to 65535')
    .default(4000),
  DATA_DIR: z.string().default('./data'),
  DATABASE_URL: z
    .url({
      protocol: /^postgres(ql)?$/,
      error: 'must look like postgresql://user:password@host:5432/database',
    })
    .optional(),
  DEMO: onOff.optional(),
  BOOTSTRAP_API_KEY: z
    .string()
    .min(16, 'must have at least 16 characters')
    .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
    .optional(),
  RATE_LIMIT: z.coerce
    .number('must be a number of requests a minute')
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .default(6000),
  LOG_LEVEL: z
    .enum(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'must be fatal, error, warn, info, debug, trace or silent',
    )
    .default('info'),
});

/** The settings of one process. Units are in the README's table. */
export interface Config {
  host: string;
  port: number;
  dataDir: string;
  databaseUrl: string | undefined;
  demo: boolean;
  bootstrapKey: string | undefined;
  /** Requests a minute that one key may send. */
  rateLimit: number;
  logLevel: z.infer<typeof settings>['LOG_LEVEL'];
}

/** What is wrong with the settings: one line for each, all at once. */
export class ConfigError extends Error {}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host.startsWith('127.');

/**
 * Reads the settings from environment variables; an empty one counts as not set.
 * Throws ConfigError that names everything that is wrong.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = settings.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')} ${issue.message}`);
    throw new ConfigError(`These settings cannot be used:\n${lines.join('\n')}`);
  }
  const { HOST, DATABASE_URL, DEMO } = parsed.data;
  return {
    host: HOST,
    port: parsed.data.PORT,
    dataDir: parsed.data.DATA_DIR,
    databaseUrl: DATABASE_URL,
    // The demo world has a key that everybody knows: never by default where others can reach it.
    demo: DEMO ?? (DATABASE_URL === undefined && isLoopback(HOST)),
    bootstrapKey: parsed.data.BOOTSTRAP_API_KEY,
    rateLimit: parsed.data.RATE_LIMIT,
    logLevel: parsed.data.LOG_LEVEL,
  };
}
