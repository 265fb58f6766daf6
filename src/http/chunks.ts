import type { IncomingMessage } from 'node:http';

/** Chunks above which a body is closed that has fewer bytes per chunk than the minimum. */
const maxSmallChunks = 200;
const minBytesPerChunk = 16;

/**
 * Closes the connection of a body that arrives in tiny chunks: each costs the event loop microseconds, so that a
 * megabyte of them would block it for seconds.
 */
export function limitChunks(message: IncomingMessage): void {
  if (message.headers['transfer-encoding'] === undefined) return;
  let chunks = 0;
  let bytes = 0;
  // The parser calls it once for each chunk, also after the connection is closed, until the end of what it has read.
  message.push = function push(chunk: Buffer | null, encoding) {
    if (chunk !== null) {
      chunks += 1;
      bytes += chunk.length;
    }
    if (chunks > maxSmallChunks && bytes < chunks * minBytesPerChunk) this.destroy();
    if (this.destroyed) return true;
    return Object.getPrototypeOf(this).push.call(this, chunk, encoding);
  };
}
