import type { GraphiQLOptions } from 'graphql-yoga';
import { renderPage } from './page.ts';
import { explorerTabs } from './tabs.ts';

/** The options of `createYoga` for browsers that open `/graphql`. */
export interface Explorer {
  graphiql(request: Request): GraphiQLOptions | false;
  renderGraphiQL(options: GraphiQLOptions): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * The `Content-Security-Policy` of the page: it connects to this server only and loads nothing. Scripts and styles are
 * inline, workers are created from inline text (`blob:`), and fonts and icons are `data:` URLs.
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

/** Programs that accept anything name JSON before HTML. */
const prefersJson = ({ headers }: Request): boolean =>
  /json.*text\/html/i.test(headers.get('accept') ?? '');

/**
 * GraphiQL with example tabs. Each tab sends `demoKey`, or a placeholder if there is none. The browser does not store
 * headers: a reload forgets a key that was typed, and shows the demo key of this server.
 */
export function createExplorer({ demoKey }: { demoKey?: string | undefined }): Explorer {
  const headers = { Authorization: `Bearer ${demoKey ?? '<your API key>'}` };
  const options: GraphiQLOptions = {
    title: 'Items gateway',
    defaultTabs: explorerTabs,
    headers: JSON.stringify(headers, null, 2),
    shouldPersistHeaders: false,
    defaultEditorToolsVisibility: 'headers',
  };
  let page: Promise<Uint8Array<ArrayBuffer>> | undefined;

  function render(options: GraphiQLOptions): Promise<Uint8Array<ArrayBuffer>> {
    // It is the same for all browsers. After a failure, the next request tries again.
    page ??= renderPage(options).catch((error: unknown) => {
      page = undefined;
      throw error;
    });
    return page;
  }

  return {
    graphiql: (request) => !prefersJson(request) && options,
    renderGraphiQL: render,
  };
}
