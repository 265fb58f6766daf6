import { once } from 'node:events';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { GraphiQLOptions } from 'graphql-yoga';

const require = createRequire(import.meta.url);

// GraphiQL 5 leaves each tab a drag offset from the first layout. It takes effect on mousedown: the tab moves away and
// the click misses it.
const tabStyle = '<style>.graphiql-tab { transform: none !important; }</style>';

const script = `
const { parentPort, workerData } = require('node:worker_threads');
const { renderGraphiQL } = require(workerData.renderer);
const page = renderGraphiQL(workerData.options).replace('</head>', workerData.tabStyle + '</head>');
const bytes = new TextEncoder().encode(page);
parentPort.postMessage(bytes, [bytes.buffer]);
`;

/**
 * The page of GraphiQL, in UTF-8. A thread renders it: to load the 9 MB of its module would block the event loop for
 * half a second, and take 100 MB that are free again when the thread has ended.
 */
export async function renderPage(options: GraphiQLOptions): Promise<Uint8Array<ArrayBuffer>> {
  const renderer = require.resolve('@graphql-yoga/render-graphiql');
  const thread = new Worker(script, {
    eval: true,
    execArgv: [],
    workerData: { renderer, options, tabStyle },
  });
  const [page] = await once(thread, 'message');
  return page;
}
