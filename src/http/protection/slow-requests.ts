import type { IncomingMessage, Server } from 'node:http';

export interface SlowRequestLimits {
  /** Milliseconds that a body may take, and again for each mebibyte that has arrived. */
  timeout: number;
  /** Milliseconds between two checks. */
  checkInterval: number;
}

const defaults: SlowRequestLimits = { timeout: 30_000, checkInterval: 1000 };
const mebi = 1024 * 1024;

interface Arrival {
  /** Milliseconds that the server has waited for the client. */
  waited: number;
  /** Bytes of the connection before the body. */
  bytesBefore: number;
}

/**
 * Refuses requests whose bodies arrive too slowly. Unlike Node's `requestTimeout`, it lets large files be sent, and does not
 * count the time in which the server has data that it has not yet read.
 */
export function limitRequestTime(
  server: Server,
  { timeout, checkInterval }: SlowRequestLimits = defaults,
): void {
  const arriving = new Map<IncomingMessage, Arrival>();
  server.prependListener('request', (message: IncomingMessage) => {
    const { headers, socket } = message;
    if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined)
      return;
    arriving.set(message, { waited: 0, bytesBefore: socket.bytesRead });
    message.once('close', () => arriving.delete(message));
  });
  let last = performance.now();
  const check = () => {
    const now = performance.now();
    for (const [message, arrival] of arriving) {
      const { socket } = message;
      if (message.complete || socket.destroyed) continue;
      if (message.readableLength === 0) arrival.waited += now - last;
      const mebibytes = Math.floor((socket.bytesRead - arrival.bytesBefore) / mebi);
      if (arrival.waited <= timeout * (1 + mebibytes)) continue;
      arriving.delete(message);
      const error = Object.assign(new Error('the body took too long'), {
        code: 'ERR_HTTP_REQUEST_TIMEOUT',
      });
      server.emit('clientError', error, socket);
    }
    last = now;
  };
  const timer = setInterval(check, checkInterval).unref();
  server.once('close', () => clearInterval(timer));
}
