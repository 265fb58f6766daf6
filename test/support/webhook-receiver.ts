import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { onTestFinished } from 'vitest';

/** A message that arrived, and was verified. */
export interface Received {
  id: string;
  headers: IncomingHttpHeaders;
  type: string;
  timestamp: string;
  data: {
    /** Undefined for contacts. */
    board_id?: string;
    next_cursor: string;
    changes: {
      revision: number;
      id: string;
      action: string;
      transition?: string;
      truncated?: true;
    }[];
  };
  /** The status that was responded. */
  status: number;
}

export interface Receiver {
  url: string;
  /** All messages, also those that were responded with an error. */
  received: Received[];
  /** Verifies the signatures of messages from now on. */
  secret: string;
  /** The status of the next response. */
  respond: (message: Omit<Received, 'status'>) => number;
  /** Waits until the receiver has accepted changes for which this holds. */
  accepted(
    isEnough: (changes: Received['data']['changes']) => boolean,
  ): Promise<Received['data']['changes']>;
}

/** Starts an endpoint that verifies what it receives with the package of Standard Webhooks. It ends with the test. */
export async function startReceiver(): Promise<Receiver> {
  const waiting = new Set<() => void>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const headers = request.headers as Record<string, string>;
    try {
      if (receiver.secret !== '') new Webhook(receiver.secret).verify(body, headers);
    } catch {
      // A wrong signature, or a clock that a test has moved in the meantime.
      return void response.writeHead(401).end();
    }
    const message = { ...JSON.parse(body), id: headers['webhook-id'] ?? '', headers };
    const status = receiver.respond(message);
    receiver.received.push({ ...message, status });
    response.writeHead(status).end();
    for (const check of waiting) check();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received: [],
    secret: '',
    respond: () => 204,
    accepted: (isEnough) =>
      new Promise((resolve) => {
        const check = () => {
          const accepted = receiver.received.filter(({ status }) => status < 300);
          const changes = accepted.flatMap(({ data }) => data.changes ?? []);
          if (!isEnough(changes)) return;
          waiting.delete(check);
          resolve(changes);
        };
        waiting.add(check);
        check();
      }),
  };
  return receiver;
}
