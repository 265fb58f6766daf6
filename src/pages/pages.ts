import type { HandlerResponse } from '../http/handler.ts';
import { StaticContent } from '../http/static-content.ts';
import type { RequestLike } from '../request/request-like.ts';
import { explorerTabs } from './explorer-tabs.ts';
import { assets, readPage, withVersions } from './files.ts';

export interface PageOptions {
  /** The key that the pages show and send; undefined for a placeholder. */
  demoKey?: string | undefined;
  /** Whether there is an explorer. */
  explorer: boolean;
}

/** Finds the page or the file of a request; undefined where there is none. */
export type FindPage = (request: RequestLike, url: URL) => Promise<HandlerResponse> | undefined;

/** Pages connect to this server and load its files only. Both libraries set the style of elements. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "connect-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self' data:",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const headers = {
  'Content-Security-Policy': contentSecurityPolicy,
  'Referrer-Policy': 'no-referrer',
};

const index = {
  name: 'items-gateway',
  rest: '/api/crm',
  openapi: '/api/crm/openapi.json',
  docs: '/api/crm/docs',
  graphql: '/graphql',
  schema: '/graphql/schema.graphql',
  health: '/health',
  ready: '/ready',
};

/** Leads a browser from the base of the REST API to its reference. */
const toReference: HandlerResponse = {
  status: 302,
  body: null,
  headers: { Location: '/api/crm/docs', Vary: 'Accept' },
};

/** JSON inside an element of a page. */
const embed = (data: unknown): string => JSON.stringify(data).replaceAll('<', '\\u003c');

/** True for browsers that open a page. Programs that accept anything name JSON before HTML. */
function prefersHtml({ headers }: RequestLike): boolean {
  const accept = headers.get('accept') ?? '';
  return accept.includes('text/html') && !/json.*text\/html/i.test(accept);
}

/** The paths at which a browser gets no page about a wrong address. */
const isOfApi = (path: string): boolean =>
  /^\/(graphql|health|ready|api\/crm)(\/|$)/.test(path) || path.startsWith('/assets/');

/** The pages for browsers, and the files that they load. */
export function createPages({ demoKey, explorer }: PageOptions): FindPage {
  const key = embed(demoKey ?? null);
  const page = (name: string) =>
    new StaticContent(
      () => {
        const html = explorer
          ? readPage(name)
          : readPage(name).replace(/<!-- explorer -->.*?<!-- end -->/gs, '');
        return withVersions(html.replace('{{key}}', key).replace('{{tabs}}', embed(explorerTabs)));
      },
      { type: 'text/html; charset=utf-8', headers },
    );
  const pages = new Map([
    ['/', page('home.html')],
    ['/docs', page('docs.html')],
    ['/api/crm/docs', page('docs.html')],
    ...(explorer ? [['/graphql', page('explorer.html')] as const] : []),
  ]);
  const notFound = page('not-found.html');
  const json = new StaticContent(() => `${JSON.stringify(index)}\n`, {
    type: 'application/json; charset=utf-8',
  });

  return (request, { pathname, searchParams }) => {
    if (request.method !== 'GET') return undefined;
    const asset = assets.get(/^\/assets\/(.+)$/.exec(pathname)?.[1] ?? '');
    if (asset !== undefined) return asset.respond(request, searchParams.get('v') === asset.version);
    const isPage = prefersHtml(request) && !searchParams.has('query');
    if (pathname === '/' && !isPage) return json.respond(request);
    const path = pathname.replace(/(?<=.)\/$/, '');
    const found = pages.get(path);
    if (found !== undefined && (isPage || path !== '/graphql')) return found.respond(request);
    if (isPage && path === '/api/crm') return Promise.resolve(toReference);
    if (!isPage || isOfApi(pathname)) return undefined;
    return notFound.respond(request).then((response) => ({ ...response, status: 404 }));
  };
}
