import { defineConfig } from 'vitest/config';
import tests from './vitest.config.ts';

/** What is broken on purpose, for longer than every test run has time for. */
export default defineConfig({
  ...tests,
  test: { ...tests.test, include: ['test/**/*.chaos.ts'], maxWorkers: 1 },
});
