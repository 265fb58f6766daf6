import type { IncomingMessage } from 'node:http';

/** Chunks above which a body is refused that has fewer bytes per chunk than the minimum. */
const maxSmallChunks = 200;
const minBytesPerChunk = 16;
/** Milliseconds after which the connection is closed: a client that repeats it would keep the event loop busy. */
const closeDelay = 500;

/**
 * Closes the connection of a body that arrives in tiny chunks: each costs the event loop microseconds, so that a
 * megabyte of them would block it for seconds.
 */
export function limitChunks(message: IncomingMessage): void {
  if (message.headers['transfer-encoding'] === undefined) return;
  let chunks = 0;
  let bytes = 0;
  let isRefused = false;
  const refuse = () => {
    isRefused = true;
    setTimeout(() => message.destroy(), closeDelay);
  };
  // The parser calls it once for each chunk, also after the connection is paused, until the end of what it has read.
  message.push = function push(chunk: Buffer | null, encoding) {
    if (isRefused) return true;
    if (chunk !== null) {
      chunks += 1;
      bytes += chunk.length;
    }
    if (chunks <= maxSmallChunks || bytes >= chunks * minBytesPerChunk)
      return Object.getPrototypeOf(this).push.call(this, chunk, encoding);
    refuse();
    this.socket.pause();
    return true;
  };
}
