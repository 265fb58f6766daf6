import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/** Bytes of a body that are read as fast as they are needed. */
const freeBytes = 1024 * 1024;
/** Reads of up to 64 KiB in each turn, and milliseconds from one turn to the next: together some 50 MB a second. */
const readsPerTurn = 4;
const turnInterval = 5;

/** Reads of all connections that wait for their turn. */
class ReadTurns {
  readonly #waiting: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;

  wait(read: () => void): void {
    this.#waiting.push(read);
    this.#timer ??= setInterval(() => this.#next(), turnInterval).unref();
  }

  #next(): void {
    for (const read of this.#waiting.splice(0, readsPerTurn)) read();
    if (this.#waiting.length > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/**
 * Reads long bodies in turns, and what arrives of a body after its response: without a key, 30 clients that send endless
 * bodies would keep the event loop busy with nothing else. A body must be read to its end, since a client that is cut off
 * while it sends may never see the response.
 */
export function paceBodies(server: Server): void {
  const turns = new ReadTurns();
  server.prependListener('request', (message: IncomingMessage, response: ServerResponse) => {
    const { 'content-length': length, 'transfer-encoding': encoding } = message.headers;
    if (length !== undefined || encoding !== undefined) paceBody(message, response, turns);
  });
}

function paceBody(message: IncomingMessage, response: ServerResponse, turns: ReadTurns): void {
  let bytes = 0;
  let isWaiting = false;
  let isReadWanted = false;
  const { push, _read: read } = message;
  // The parser stops reading from the connection when it returns false, until the next `_read`.
  message.push = (chunk: Buffer | null, encoding) => {
    const isMoreWanted = push.call(message, chunk, encoding);
    bytes += chunk?.length ?? 0;
    if (chunk === null || (bytes <= freeBytes && !response.writableFinished)) return isMoreWanted;
    if (isWaiting) return false;
    isWaiting = true;
    turns.wait(() => {
      isWaiting = false;
      if (isReadWanted) message._read(0);
      isReadWanted = false;
    });
    return false;
  };
  message._read = (size) => {
    if (isWaiting) isReadWanted = true;
    else read.call(message, size);
  };
  // Without having been read, node:http would read all of the rest at once after the response, past `push`.
  message.read(0);
  response.once('close', () => void message.resume());
}
