import { defineConfig } from 'vitest/config';
import tests from './vitest.config.ts';

/** The container image and the files in deploy/; their packages are apart from the gateway's own, in test/deploy. */
export default defineConfig({
  ...tests,
  test: { ...tests.test, include: ['test/deploy/*.deploy.ts'], maxWorkers: 1 },
});
