import { isLocal } from '../../config.ts';
import { findEncryptionKey, secretProblems } from '../encryption-key.ts';
import { type Check, maxListed } from './check.ts';

const node: Check = {
  name: 'version of Node',
  async run({ nodeVersion }) {
    const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
    const isOld = major < 20 || (major === 20 && minor < 19);
    return isOld ? [`Node ${nodeVersion} is too old: install 20.19 or newer, best 24.`] : [];
  },
};

const demo: Check = {
  name: 'the demo key',
  async run({ config }) {
    const { demo, host } = config;
    const place = config.trustProxy ? 'a proxy is before the server' : `HOST is ${host}`;
    return demo && !isLocal(config)
      ? [`DEMO is on and ${place}: everybody knows the demo key. Set DEMO=off.`]
      : [];
  },
};

const encryption: Check = {
  name: 'ENCRYPTION_KEY and the secrets of webhooks',
  async run({ config, client }) {
    const { rows } = await client.query<{ id: string; secret: string }>(
      'SELECT id, secret FROM public.webhook WHERE disabled_at IS NULL ORDER BY id LIMIT 1000',
    );
    return secretProblems(rows, findEncryptionKey(config)).slice(0, maxListed);
  },
};

const connections: Check = {
  name: 'connections to PostgreSQL',
  async run({ config: { workers, limits, pooler }, client }) {
    if (pooler !== undefined) return [];
    const { rows } = await client.query<{ most: number }>(
      `SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS most`,
    );
    const most = rows[0]?.most ?? 0;
    // Each worker has one for notifications; supervisor and standby have one each.
    const needed = workers * (limits.poolSize + 1) + 2;
    return needed > most
      ? [
          `This server may open ${needed} connections, PostgreSQL allows ${most}: lower POOL_SIZE or WORKERS, or raise max_connections.`,
        ]
      : [];
  },
};

const poolerLimits: Check = {
  name: 'time limits behind a pooler',
  async run({ config: { pooler }, client }) {
    if (pooler === undefined) return [];
    const names = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'];
    const { rows } = await client.query<{ name: string }>(
      `SELECT name FROM pg_settings WHERE name = ANY ($1) AND setting = '0'`,
      [names],
    );
    return rows.map(({ name }) => `The role has no ${name}: ALTER ROLE … SET ${name} = '15s'.`);
  },
};

export const settingChecks: readonly Check[] = [node, demo, encryption, connections, poolerLimits];
