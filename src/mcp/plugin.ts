import { readFileSync } from 'node:fs';
import type { Plugin } from 'graphql-yoga';
import type { Logger } from 'pino';
import { ApiError, statusOf, Unauthenticated } from '../errors.ts';
import type { ReadBody } from '../http/json-body.ts';
import { isJsonObject } from '../http/json-object.ts';
import { type ErrorPayload, isUnexpected, toErrorPayload } from '../mask-error.ts';
import type { Context, RequestContexts } from '../request/context.ts';
import { EndpointError } from '../rest/error-response.ts';
import { createToolbox, type PreparedTool, type ToolboxOptions } from './toolbox.ts';

export interface McpOptions extends ToolboxOptions {
  requestContexts: RequestContexts;
  log: Logger;
  readBody: ReadBody;
  /** Origins of pages that may use it, beside those of this machine. */
  origins: readonly string[];
}

const path = '/mcp';

const instructions =
  'Items (deals, tickets, leads) on boards of a CRM. Begin with list_boards, then describe_board for its columns and keys of values. Numbers and dates may be stored as text and still compare as such.';

/**
 * Pages of other sites must not call a server on this machine (DNS rebinding): only pages of this machine and of the
 * given origins may. Throws FORBIDDEN.
 */
function checkOrigin(origin: string | null, origins: readonly string[]): void {
  if (origin === null || origins.includes(origin)) return;
  const host = URL.canParse(origin) ? new URL(origin).hostname : '';
  if (['localhost', '127.0.0.1', '[::1]'].includes(host)) return;
  throw new ApiError('FORBIDDEN', `Pages of ${origin} may not use this server: see CORS_ORIGINS.`);
}

let version: string | undefined;

/** The version of this program. */
function versionOf(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** A server of the Model Context Protocol for one request, with the tools that the caller's key may use. */
async function createServer(
  tools: ReadonlyMap<string, PreparedTool>,
  context: Context,
  log: Logger,
) {
  // It is loaded by the first request: it takes 0.1 s and 5 MB.
  const { Server } = await import('@modelcontextprotocol/server');
  version ??= versionOf();
  const server = new Server(
    { name: 'items-gateway', version },
    { capabilities: { tools: {} }, instructions },
  );
  const mayWrite = context.caller.scopes.includes('write');
  server.setRequestHandler('tools/list', () => ({
    tools: [...tools.values()]
      .filter(({ isWrite }) => mayWrite || !isWrite)
      .map(({ definition }) => definition as never),
  }));
  server.setRequestHandler('tools/call', async ({ params }) => {
    try {
      const tool = tools.get(params.name);
      if (tool === undefined)
        throw new ApiError('NOT_FOUND', `There is no tool '${params.name}': tools/list has them.`);
      const content = await tool.run(params.arguments ?? {}, context);
      const text = JSON.stringify(content);
      return { content: [{ type: 'text' as const, text }], structuredContent: { ...content } };
    } catch (error) {
      return { content: [{ type: 'text' as const, text: messageOf(error, log) }], isError: true };
    }
  });
  return server;
}

/** The error of a tool, from which a model can learn what to change. */
function messageOf(error: unknown, log: Logger): string {
  const payload = error instanceof EndpointError ? error.payload : toErrorPayload(error);
  if (isUnexpected(payload.code) && !(error instanceof EndpointError))
    log.error({ err: error }, 'request failed');
  const hint = payload.code === 'COLUMN_NOT_FOUND' ? ': describe_board has the columns' : '';
  const [first, ...others] = linesOf(payload);
  return [`${payload.code}: ${first}${hint}`, ...others].join('\n');
}

/** The message of an error, and those of its details that are not part of it. */
function linesOf({ message, details }: Pick<ErrorPayload, 'message' | 'details'>): string[] {
  const others = details.map((detail) => `${detail.field} ${detail.message}`);
  return [message, ...others.filter((other) => !message.includes(other)).slice(0, 20)];
}

/** Serves the Model Context Protocol (https://modelcontextprotocol.io) at `/mcp`, without sessions. */
export function useMcp({
  requestContexts,
  log,
  readBody,
  origins,
  ...options
}: McpOptions): Plugin {
  const tools = createToolbox(options);

  async function respond(request: Request): Promise<Response> {
    checkOrigin(request.headers.get('origin'), origins);
    const { createMcpHandler } = await import('@modelcontextprotocol/server');
    if (request.method !== 'POST')
      throw new ApiError('METHOD_NOT_ALLOWED', `${request.method} is not possible here. Use POST.`);
    const context = await requestContexts.create(request);
    const parsedBody = await readBody(context);
    if (!isJsonObject(parsedBody))
      throw new ApiError('VALIDATION_ERROR', 'The body must be one JSON-RPC message.');
    const { fetch } = createMcpHandler(() => createServer(tools, context, log), {
      // The tools of a key do not change.
      maxSubscriptions: 0,
      onerror: (error) => log.debug({ err: error }, 'mcp'),
    });
    return fetch(request, { parsedBody });
  }

  function errorResponse(error: unknown) {
    const payload = toErrorPayload(error);
    const { code } = payload;
    if (isUnexpected(code)) log.error({ err: error }, 'request failed');
    const status = statusOf(code);
    const headers: Record<string, string> = { 'Content-Type': 'application/json; charset=utf-8' };
    if (error instanceof Unauthenticated) headers['WWW-Authenticate'] = error.challenge;
    if (status === 405) headers.Allow = 'POST';
    const message = linesOf(payload).join('; ');
    const body = { jsonrpc: '2.0', id: null, error: { code: -32000, message, data: { code } } };
    return { status, headers, text: JSON.stringify(body) };
  }

  return {
    async onRequest({ request, url, fetchAPI, endResponse }) {
      if (url.pathname !== path || request.method === 'OPTIONS') return;
      const { text, status, headers } = await respond(request).then(
        async (response) => ({
          status: response.status,
          headers: Object.fromEntries(response.headers),
          text: await response.text(),
        }),
        errorResponse,
      );
      endResponse(new fetchAPI.Response(text === '' ? null : text, { status, headers }));
    },
  };
}
