import { defineConfig } from 'vitest/config';
import tests from './vitest.config.ts';

/** The gateway behind nginx, and in front of PgBouncer: both must be installed. */
export default defineConfig({
  ...tests,
  test: { ...tests.test, include: ['test/proxies/*.proxies.ts'], maxWorkers: 1 },
});
