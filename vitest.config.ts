import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    // Vite and Node would each load a copy of graphql, and a schema of one is none to the other.
    alias: { graphql: fileURLToPath(import.meta.resolve('graphql/index.js')) },
  },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/support/global-setup.ts',
    testTimeout: 60_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
    // Tests that start programs have other processes do the work: more at once only wait for each other.
    maxConcurrency: 2,
    // Loading the program anew for every file takes a third of the time. What a test changes in it, it puts back.
    isolate: false,
    server: { deps: { inline: [/graphql/, /@pothos/, /@envelop/, /@graphql-tools/] } },
  },
});
