import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { connect } from 'node:net';
import { platform } from 'node:os';
import { join } from 'node:path';
import { StartupError } from '../startup-error.ts';
import { self } from './processes.ts';

/** The port in the name of the socket; TCP is off. */
export const port = 5432;
export const socketName = `.s.PGSQL.${port}`;

export interface SocketFolder {
  /** node-postgres' `host` */
  host: string;
  close(): void;
}

/** Returns a path to a cluster that is short enough for the address of a Unix socket. Throws StartupError. */
export function socketFolder(cluster: string): SocketFolder {
  const maxBytes = platform() === 'linux' ? 107 : 103;
  if (Buffer.byteLength(join(cluster, socketName)) <= maxBytes)
    return { host: cluster, close() {} };
  if (platform() !== 'linux') {
    throw new StartupError(
      `${cluster} is too long a path for a socket: set DATA_DIR to a shorter one.`,
    );
  }
  // Not /proc/<pid of the server>/cwd: in a container, even root may not read that of another user's process.
  const folder = openSync(cluster, 'r');
  return { host: `/proc/${self.pid}/fd/${folder}`, close: () => closeSync(folder) };
}

/** Whether a server listens on the socket. Unlike process ids, this works across containers that share a folder. */
export async function isListening(cluster: string): Promise<boolean> {
  if (!existsSync(join(cluster, socketName))) return false;
  const { host, close } = socketFolder(cluster);
  const socket = connect(join(host, socketName));
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    return !['ECONNREFUSED', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '');
  } finally {
    socket.destroy();
    close();
  }
}
