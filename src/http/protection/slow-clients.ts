import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Milliseconds between two checks. */
const checkInterval = 1000;
/**
 * The number of checks in which a client may read nothing of its response: normally, and under memory pressure. Counts
 * checks instead of time, which also passes while this process is too busy to send.
 */
const maxStalledChecks = { normal: 30, underPressure: 2 };
/** Bytes buffered for all clients above which there is memory pressure. */
const maxBuffered = 32 * 1024 * 1024;

/** The handle of a socket, which node:net declares nowhere, but uses for its own timeouts. */
interface WithHandle {
  _handle?: { writeQueueSize?: number } | null;
}

/** A number that changes whenever the client has read more, even of one large chunk. */
function sentBytes(socket: Socket & WithHandle): number {
  // `bytesWritten` includes what is still buffered, and `writableLength` all of a chunk until its last byte is sent.
  return socket.bytesWritten - socket.writableLength - (socket._handle?.writeQueueSize ?? 0);
}

/** Closes the connections of clients that do not read their responses, which would stay in memory for ever. */
export function disconnectSlowClients(server: Server): void {
  const progress = new Map<Socket, { sent: number; stalledChecks: number }>();
  server.on('connection', (socket) => {
    progress.set(socket, { sent: 0, stalledChecks: 0 });
    socket.once('close', () => progress.delete(socket));
  });
  const check = () => {
    let buffered = 0;
    for (const socket of progress.keys()) buffered += socket.writableLength;
    const max = buffered > maxBuffered ? maxStalledChecks.underPressure : maxStalledChecks.normal;
    for (const [socket, last] of progress) {
      const sent = sentBytes(socket);
      const isStalled = socket.writableLength > 0 && sent === last.sent;
      const stalledChecks = isStalled ? last.stalledChecks + 1 : 0;
      progress.set(socket, { sent, stalledChecks });
      if (stalledChecks > max) socket.destroy();
    }
  };
  const timer = setInterval(check, checkInterval).unref();
  server.once('close', () => clearInterval(timer));
}
