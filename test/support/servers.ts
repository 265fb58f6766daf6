import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { listen } from '../../src/http/server.ts';
import type { Limits } from '../../src/limits/settings.ts';
import type { RequestContextOptions } from '../../src/request/create-contexts.ts';
import type { AppClient, World } from './world.ts';

type Options = RequestContextOptions & Partial<Limits>;

async function start({ app }: Pick<AppClient, 'app'>, options: Options) {
  const server = await listen(app.listener, { ...options, host: '127.0.0.1', port: 0 });
  const close = async () => {
    app.endStreams();
    await server.close();
    await app.close();
  };
  return { url: server.url, close };
}

/** Serves an app with these options on a port of its own until the test ends. Returns its URL. */
export async function serve(
  world: Pick<World, 'withOptions'>,
  options: Options = {},
): Promise<string> {
  const { url, close } = await start(world.withOptions(options), options);
  onTestFinished(close);
  return url;
}

/** Serves the app of a world, or one with other options, on a port of its own, for all tests of a file. */
export function useServer(
  world: Pick<World, 'app' | 'withOptions'>,
  optionsOf?: () => Parameters<World['withOptions']>[0],
): { url: string } {
  const server = { url: '', close: async () => {} };
  beforeAll(async () => {
    const served = optionsOf === undefined ? world : world.withOptions(optionsOf());
    Object.assign(server, await start(served, {}));
  });
  afterAll(() => server.close());
  return server;
}
