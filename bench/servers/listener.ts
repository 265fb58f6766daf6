import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import process from 'node:process';

/** Listens on a free port, prints it as the gateway does, and exits on SIGTERM. */
export function listen(listener: RequestListener): void {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (typeof address === 'object') {
      process.stdout.write(`Ready on http://127.0.0.1:${address?.port}\n`);
    }
  });
  process.once('SIGTERM', () => process.exit(0));
}

/** The body of a request, as JSON. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = '';
  request.setEncoding('utf8');
  for await (const part of request) text += part;
  return JSON.parse(text);
}

/** The ids in the path of a REST request. */
export function readPath(url = ''): { boardId: string; itemId: string | undefined } | undefined {
  const [, boardId, itemId] =
    /^\/api\/crm\/boards\/([^/?]+)\/items(?:\/([^/?]+))?$/.exec(url) ?? [];
  return boardId === undefined ? undefined : { boardId, itemId };
}
