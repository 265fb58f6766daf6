import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Milliseconds between two checks. */
const checkInterval = 1000;
/** Milliseconds that a client may read nothing of its response: normally, and under memory pressure. */
const readTimeout = { normal: 30_000, underPressure: 2000 };
/** Bytes buffered for all clients above which there is memory pressure. */
const maxBuffered = 32 * 1024 * 1024;

/** Closes the connections of clients that do not read their responses, which would stay in memory for ever. */
export function disconnectSlowClients(server: Server): void {
  const progress = new Map<Socket, { sent: number; since: number }>();
  server.on('connection', (socket) => {
    progress.set(socket, { sent: 0, since: performance.now() });
    socket.once('close', () => progress.delete(socket));
  });
  const check = () => {
    const now = performance.now();
    let buffered = 0;
    for (const socket of progress.keys()) buffered += socket.writableLength;
    const timeout = buffered > maxBuffered ? readTimeout.underPressure : readTimeout.normal;
    for (const [socket, last] of progress) {
      // `bytesWritten` includes what is still buffered.
      const sent = socket.bytesWritten - socket.writableLength;
      if (socket.writableLength === 0 || sent !== last.sent)
        progress.set(socket, { sent, since: now });
      else if (now - last.since > timeout) socket.destroy();
    }
  };
  const timer = setInterval(check, checkInterval).unref();
  server.once('close', () => clearInterval(timer));
}
