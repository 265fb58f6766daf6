import { isIPv4 } from 'node:net';
import { z } from 'zod';
import {
  type TokenSettings,
  tokenProblems,
  tokenSettings,
  tokenSettingsOf,
} from './auth/settings.ts';
import { type Limits, limitSettings, limitsOf } from './limits/settings.ts';

const onOffSchema = z
  .enum(
    ['1', '0', 'true', 'false', 'on', 'off', 'yes', 'no'],
    'must be on or off (true, yes and 1 are on, false, no and 0 are off)',
  )
  .transform((value) => ['1', 'true', 'on', 'yes'].includes(value));

/**
 * A pooler in transaction mode: `prepared` if it keeps the prepared statements of its clients, `plain` if it may not.
 */
export type Pooler = 'plain' | 'prepared';

const poolerSchema = z
  .union([onOffSchema, z.literal('prepared')], 'must be on, off or prepared')
  .default(false)
  .transform((value): Pooler | undefined =>
    value === 'prepared' ? value : value ? 'plain' : undefined,
  );

const databaseUrlSchema = z.url({
  protocol: /^postgres(ql)?$/,
  error: 'must look like postgresql://user:password@host:5432/database',
});

const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text;

const corsOriginsSchema = z
  .string()
  .default('*')
  .transform((text) => (text === 'off' ? [] : text.split(/[\s,]+/).filter(Boolean)))
  .refine(
    (origins) => origins.every((origin) => origin === '*' || isOrigin(origin)),
    'must be origins like https://crm.example.com, with spaces between them, * for all, or off',
  );

const portSchema = z.coerce
  .number('must be a port number, or 0 for any free port')
  .int('must be a whole number')
  .min(0, 'must be 0 to 65535')
  .max(65535, 'must be 0 to 65535');

const envSchema = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: portSchema.default(4000),
  METRICS_PORT: portSchema.optional(),
  WORKERS: z.coerce
    .number('must be a number of processes')
    .int('must be a whole number')
    .min(1, 'must be 1 to 64')
    .max(64, 'must be 1 to 64')
    .default(1),
  DATA_DIR: z.string().default('./data'),
  DATABASE_URL: databaseUrlSchema.optional(),
  DATABASE_POOLER: poolerSchema,
  READ_DATABASE_URL: databaseUrlSchema.optional(),
  DEMO: onOffSchema.optional(),
  BOOTSTRAP_API_KEY: z
    .string()
    .min(16, 'must have at least 16 characters')
    .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
    .optional(),
  LOG_LEVEL: z
    .enum(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'must be fatal, error, warn, info, debug, trace or silent',
    )
    .default('info'),
  SLOW_REQUEST_MS: z.coerce
    .number('must be a number of milliseconds')
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .default(1000),
  TRUST_PROXY: onOffSchema.default(false),
  CORS_ORIGINS: corsOriginsSchema,
  EXPLORER: onOffSchema.optional(),
  INTROSPECTION: onOffSchema.default(true),
  CHANGE_LOG_DAYS: z.coerce
    .number('must be a number of days')
    .int('must be a whole number')
    .min(1, 'must be 1 to 36500')
    .max(36_500, 'must be 1 to 36500')
    .optional(),
  WEBHOOKS: onOffSchema.default(true),
  WEBHOOK_ALLOW_PRIVATE: onOffSchema.default(false),
  ENCRYPTION_KEY: z.string().min(32, 'must have at least 32 characters').optional(),
  ...tokenSettings,
  ...limitSettings,
});

export const settingNames: readonly string[] = Object.keys(envSchema.shape);

/** The settings of a process, documented in docs/operating.md. */
export interface Config {
  host: string;
  port: number;
  /** Where Prometheus reads the metrics; undefined for none. */
  metricsPort: number | undefined;
  /** Processes that serve requests. */
  workers: number;
  dataDir: string;
  databaseUrl: string | undefined;
  /** Set where that is a pooler in transaction mode. */
  pooler: Pooler | undefined;
  /** A streaming replica of the server of `databaseUrl`. */
  readDatabaseUrl: string | undefined;
  demo: boolean;
  bootstrapKey: string | undefined;
  logLevel: z.infer<typeof envSchema>['LOG_LEVEL'];
  /** Milliseconds of a request that is logged as slow. */
  slowRequest: number;
  /** True where a proxy sets `X-Forwarded-For`: the client's address is its last entry. */
  trustProxy: boolean;
  access: {
    /** The origins of pages that may call; '*' for all. */
    corsOrigins: readonly string[];
    /** Whether `/graphql` shows the explorer to browsers. */
    explorer: boolean;
    /** Whether callers may query the schema. */
    introspection: boolean;
  };
  /** Whose JSON Web Tokens are accepted; undefined for none. */
  tokens: TokenSettings | undefined;
  /** Days that changes are kept; undefined to keep all. */
  changeLogDays: number | undefined;
  webhooks: {
    /** False where `npm run webhooks` delivers. */
    areDelivered: boolean;
    /** True where endpoints may be in private networks, and without TLS. */
    allowsPrivate: boolean;
  };
  /** Encrypts what the database keeps and must be able to read again. */
  encryptionKey: string | undefined;
  limits: Limits;
}

/** An invalid setting or command line argument. The message is for the user. */
export class ConfigError extends Error {}

/** Whether only this machine can connect to an address. */
const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));

/** Whether only this machine can call: the server listens on a loopback address, and no proxy is before it. */
export const isLocal = ({ host, trustProxy }: Pick<Config, 'host' | 'trustProxy'>): boolean =>
  isLoopback(host) && !trustProxy;

/** Says what is wrong with several settings together. */
function problemsOf(env: Readonly<Record<string, string | undefined>>): string[] {
  const lacksPrimary = env.READ_DATABASE_URL !== undefined && env.DATABASE_URL === undefined;
  return [
    ...(lacksPrimary ? ['READ_DATABASE_URL needs DATABASE_URL, its primary'] : []),
    ...tokenProblems(env),
  ];
}

/** Reads the settings from environment variables; empty ones count as not set. Throws a ConfigError that lists all problems. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const nonEmpty = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = envSchema.safeParse(nonEmpty);
  const issues = parsed.error?.issues ?? [];
  const problems = [
    ...issues.map((issue) => `${issue.path.join('.')} ${issue.message}`),
    ...problemsOf(nonEmpty),
  ];
  if (!parsed.success || problems.length > 0)
    throw new ConfigError(`Invalid settings:\n  ${problems.join('\n  ')}`);
  const { HOST, DATABASE_URL, READ_DATABASE_URL, DEMO, TRUST_PROXY } = parsed.data;
  const isForThisMachine = isLocal({ host: HOST, trustProxy: TRUST_PROXY });
  return {
    host: HOST,
    port: parsed.data.PORT,
    metricsPort: parsed.data.METRICS_PORT,
    workers: parsed.data.WORKERS,
    dataDir: parsed.data.DATA_DIR,
    databaseUrl: DATABASE_URL,
    pooler: parsed.data.DATABASE_POOLER,
    readDatabaseUrl: READ_DATABASE_URL,
    // The demo key is public, so the demo is locked by default where other machines can call.
    demo: DEMO ?? (DATABASE_URL === undefined && isForThisMachine),
    bootstrapKey: parsed.data.BOOTSTRAP_API_KEY,
    logLevel: parsed.data.LOG_LEVEL,
    slowRequest: parsed.data.SLOW_REQUEST_MS,
    trustProxy: TRUST_PROXY,
    access: {
      corsOrigins: parsed.data.CORS_ORIGINS,
      explorer: parsed.data.EXPLORER ?? isForThisMachine,
      introspection: parsed.data.INTROSPECTION,
    },
    tokens: tokenSettingsOf(parsed.data),
    changeLogDays: parsed.data.CHANGE_LOG_DAYS,
    webhooks: {
      areDelivered: parsed.data.WEBHOOKS,
      allowsPrivate: parsed.data.WEBHOOK_ALLOW_PRIVATE,
    },
    encryptionKey: parsed.data.ENCRYPTION_KEY,
    limits: limitsOf(parsed.data, TRUST_PROXY),
  };
}
