import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Milliseconds. */
const interval = 1000;
/** So long may a reader take nothing of its answer: with little waiting, and while much is. */
const patience = { calm: 30_000, crowded: 2000 };
/** Bytes of answers that wait to be fetched, of all readers: from here on it is crowded. */
const muchWaiting = 32 * 1024 * 1024;

/** Cuts off whoever does not fetch its answers: they would stay in memory for ever. */
export function disconnectSlowClients(server: Server): void {
  const seen = new Map<Socket, { written: number; since: number }>();
  server.on('connection', (socket) => {
    seen.set(socket, { written: 0, since: performance.now() });
    socket.once('close', () => seen.delete(socket));
  });
  const look = () => {
    const now = performance.now();
    let waiting = 0;
    for (const socket of seen.keys()) waiting += socket.writableLength;
    const limit = waiting > muchWaiting ? patience.crowded : patience.calm;
    for (const [socket, last] of seen) {
      // What has left our hands: `bytesWritten` counts what still waits.
      const written = socket.bytesWritten - socket.writableLength;
      if (socket.writableLength === 0 || written !== last.written)
        seen.set(socket, { written, since: now });
      else if (now - last.since > limit) socket.destroy();
    }
  };
  const timer = setInterval(look, interval).unref();
  server.once('close', () => clearInterval(timer));
}
