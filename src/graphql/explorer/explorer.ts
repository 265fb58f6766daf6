import type { GraphiQLOptions } from 'graphql-yoga';

import { explorerTabs } from './tabs.ts';

/** What `createYoga` needs to know to answer a browser on `/graphql`. */
export interface Explorer {
  graphiql: GraphiQLOptions;
  renderGraphiQL(options: GraphiQLOptions): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * The `content-security-policy` of the page: it may speak to this server and to nobody else, and
 * load nothing at all. Scripts and styles are inline, workers are made of inline text (`blob:`),
 * fonts and icons are `data:`.
 */
export const explorerCsp = [
  "default-src 'none'",
  "connect-src 'self'",
  "script-src 'unsafe-inline'",
  'worker-src blob:',
  "style-src 'unsafe-inline'",
  'font-src data:',
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * GraphiQL, ready to run. Each tab starts with `demoKey`, or with a placeholder where there is no
 * such key. Headers are not kept in the browser's storage: a key that was typed is gone on reload,
 * and a demo key is always the one of this server.
 */
export function explorer({ demoKey }: { demoKey?: string | undefined }): Explorer {
  const headers = { Authorization: `Bearer ${demoKey ?? '<your API key>'}` };
  let page: Promise<Uint8Array<ArrayBuffer>> | undefined;

  return {
    graphiql: {
      title: 'Items gateway',
      defaultTabs: explorerTabs,
      headers: JSON.stringify(headers, null, 2),
      shouldPersistHeaders: false,
      defaultEditorToolsVisibility: 'headers',
    },
    renderGraphiQL: (options) => (page ??= render(options)),
  };
}

// Tabs can be dragged, and GraphiQL 5 leaves each an offset from the first layout that takes effect
// when the tab is pressed: it jumps aside and the click misses it.
const tabsStayInPlace = '<style>.graphiql-tab { transform: none !important; }</style>';

// The page has 9 MB and is the same for everyone: loaded when a first browser asks, encoded once.
async function render(options: GraphiQLOptions): Promise<Uint8Array<ArrayBuffer>> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const page = renderGraphiQL(options).replace('</head>', `${tabsStayInPlace}</head>`);
  return new TextEncoder().encode(page);
}
