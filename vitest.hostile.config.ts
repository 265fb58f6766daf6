import { defineConfig } from 'vitest/config';
import tests from './vitest.config.ts';

/** Attacks on a running server. They take minutes, and measure response times: one at a time. */
export default defineConfig({
  ...tests,
  test: {
    ...tests.test,
    include: ['test/**/*.hostile.ts'],
    maxWorkers: 1,
    testTimeout: 300_000,
    hookTimeout: 180_000,
  },
});
