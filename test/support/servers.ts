import { onTestFinished } from 'vitest';
import { listen } from '../../src/http/server.ts';
import type { Limits } from '../../src/limits/settings.ts';
import type { RequestContextOptions } from '../../src/request/context.ts';
import type { World } from './world.ts';

/** Serves an app with these options on a port of its own until the test ends. Returns its URL. */
export async function serve(
  world: Pick<World, 'withOptions'>,
  options: RequestContextOptions & Partial<Limits> = {},
): Promise<string> {
  const { app } = world.withOptions(options);
  const server = await listen(app.listener, { ...options, host: '127.0.0.1', port: 0 });
  onTestFinished(() => server.close());
  return server.url;
}
