import { defineConfig } from 'vitest/config';
import tests from './vitest.config.ts';

/** Pages and streams in Chromium; its packages are apart from the gateway's own, in test/browser. */
export default defineConfig({
  ...tests,
  test: { ...tests.test, include: ['test/browser/*.browser.ts'], maxWorkers: 1 },
});
