import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The mode names a suite: `vitest run --mode chaos` runs `*.chaos.ts`, without it the tests. CONTRIBUTING.md describes them. */
export default defineConfig(({ mode }) => ({
  resolve: {
    // Vite and Node would each load a copy of graphql, and a schema of one is none to the other.
    alias: { graphql: fileURLToPath(import.meta.resolve('graphql/index.js')) },
  },
  test: {
    include: [`test/**/*.${mode}.ts`],
    globalSetup: 'test/support/global-setup.ts',
    testTimeout: mode === 'hostile' ? 300_000 : 60_000,
    hookTimeout: mode === 'hostile' ? 180_000 : 30_000,
    // The other suites start many processes, or measure.
    maxWorkers: mode === 'test' ? 2 : 1,
    // Tests that start programs have other processes do the work: more at once only wait for each other.
    maxConcurrency: 2,
    // Loading the program anew for every file takes a third of the time. What a test changes in it, it puts back.
    isolate: false,
    server: { deps: { inline: [/graphql/, /@pothos/, /@envelop/, /@graphql-tools/] } },
  },
}));
