import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { hangTimeout, isFull } from './settings.ts';

export interface AttackRequest {
  method?: string;
  path?: string;
  headers?: OutgoingHttpHeaders;
  body?: string | Buffer;
  /** Milliseconds after which the client closes the connection. */
  cutAfter?: number;
}

export interface AttackResponse {
  /** 0 if the connection was closed before a response. */
  status: number;
  text: string;
}

let attackers = 0;

/**
 * An attacking client with keys and an address of its own. It counts the responses by status, and collects those that
 * no request may get.
 */
export class Attacker {
  readonly url: URL;
  readonly readKey: string;
  readonly writeKey: string;
  /** Linux takes any address of 127.0.0.0/8 for the local machine. */
  readonly address = `127.0.${1 + Math.floor(attackers / 250)}.${1 + (attackers++ % 250)}`;
  readonly counts = new Map<string, number>();
  readonly faults: string[] = [];
  readonly #agent = new Agent({ keepAlive: true, localAddress: this.address });
  readonly #sockets = new Set<Socket>();

  constructor(url: string, keys: { readKey: string; writeKey: string }) {
    this.url = new URL(url);
    this.readKey = keys.readKey;
    this.writeKey = keys.writeKey;
  }

  #count(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  #record(status: number, retryAfter: string | undefined, text: string): void {
    this.#count(String(status));
    const isMeant = status === 503 && retryAfter !== undefined;
    if ((status >= 500 && !isMeant) || text.includes('INTERNAL_SERVER_ERROR'))
      this.faults.push(`${status} ${text.slice(0, 300)}`);
  }

  /** Sends a request, to GraphQL with the read-only key by default. Never rejects. */
  send({
    method = 'POST',
    path = '/graphql',
    headers = {},
    body,
    cutAfter,
  }: AttackRequest): Promise<AttackResponse> {
    return new Promise((resolve) => {
      const end = (status: number, text = '', received: IncomingHttpHeaders = {}) => {
        clearTimeout(timer);
        if (status > 0) this.#record(status, received['retry-after'], text);
        resolve({ status, text });
      };
      const sent = request(this.url.origin + path, {
        method,
        agent: this.#agent,
        headers: {
          authorization: `Bearer ${this.readKey}`,
          ...(body !== undefined && {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
          }),
          ...headers,
        },
      });
      const timer = setTimeout(() => {
        if (cutAfter === undefined) this.faults.push(`no response within ${hangTimeout} ms`);
        sent.destroy(new Error('cut'));
      }, cutAfter ?? hangTimeout);
      sent.on('response', (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () =>
          end(response.statusCode ?? 0, String(Buffer.concat(parts)), response.headers),
        );
        response.on('error', () => end(0));
      });
      sent.on('upgrade', (_, socket) => {
        socket.destroy();
        end(101);
      });
      sent.on('error', ({ message, ...error }: NodeJS.ErrnoException) => {
        this.#count(error.code ?? message);
        if (error.code === 'ECONNREFUSED') this.faults.push('connection refused');
        end(0);
      });
      sent.end(body);
    });
  }

  graphql(
    query: string,
    variables: object = {},
    { key = this.readKey, ...more }: AttackRequest & { key?: string } = {},
  ): Promise<AttackResponse> {
    const headers = { authorization: `Bearer ${key}`, ...more.headers };
    return this.send({ ...more, headers, body: JSON.stringify({ query, variables }) });
  }

  /** Opens a connection. */
  async open(): Promise<Socket> {
    const { hostname: host, port } = this.url;
    const socket = connect({ host, port: Number(port), localAddress: this.address });
    this.#sockets.add(socket);
    socket.on('error', ({ code }: NodeJS.ErrnoException) => {
      this.#count(`${code}`);
      if (code === 'ECONNREFUSED') this.faults.push('connection refused');
    });
    socket.once('close', () => this.#sockets.delete(socket));
    await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
    return socket;
  }

  /** Sends bytes on a connection of their own; returns what came back until it was closed, or for `wait` ms. */
  async exchange(bytes: string | Buffer, wait = 1000): Promise<string> {
    const socket = await this.open();
    let text = '';
    socket.on('data', (part) => {
      text += part.toString('latin1');
    });
    socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    const timer = setTimeout(() => socket.destroy(), wait);
    await new Promise((resolve) => socket.once('close', resolve));
    clearTimeout(timer);
    this.recordRaw(text);
    return text;
  }

  /** Counts the responses in what a connection received. */
  recordRaw(text: string): void {
    const heads = [...text.matchAll(/HTTP\/1\.[01] (\d{3}) [^\r]*\r\n([\s\S]*?)\r\n\r\n/g)];
    if (heads.length === 0) this.#count('closed');
    for (const [, status, fields = ''] of heads)
      this.#record(Number(status), /^retry-after: (\S+)/im.exec(fields)?.[1], text);
  }

  /** Runs an attack from several senders at once, again and again until the time is over. */
  async repeat(
    attack: (n: number) => Promise<unknown>,
    { milliseconds, senders = isFull ? 16 : 8 }: { milliseconds: number; senders?: number },
  ): Promise<void> {
    const end = Date.now() + milliseconds;
    let n = 0;
    const runSender = async () => {
      while (Date.now() < end) {
        await attack(n++);
        // Lets a sender that is refused at once not fill the event loop of the tests.
        await sleep(5);
      }
    };
    await Promise.all(Array.from({ length: senders }, runSender));
  }

  close(): void {
    this.#agent.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }
}
