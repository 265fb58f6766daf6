import { defineConfig } from 'vitest/config';
import tests from './vitest.config.ts';

/** Clients of other projects against the gateway; their packages are apart from its own, in test/clients. */
export default defineConfig({
  ...tests,
  test: { ...tests.test, include: ['test/clients/*.clients.ts'], maxWorkers: 1 },
});
