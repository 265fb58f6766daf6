import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { connect } from 'node:net';
import { platform } from 'node:os';
import { join } from 'node:path';
import { StartupError } from '../startup-error.ts';
import { self } from './processes.ts';

/** There is no TCP: only the socket's name has a port. */
export const port = 5432;
export const socketName = `.s.PGSQL.${port}`;

export interface SocketFolder {
  /** what node-postgres takes for a host */
  host: string;
  close(): void;
}

/** A way to a cluster's folder that is short enough for the name of a socket. Throws StartupError. */
export function socketFolder(cluster: string): SocketFolder {
  const longest = platform() === 'linux' ? 107 : 103;
  if (Buffer.byteLength(join(cluster, socketName)) <= longest) return { host: cluster, close() {} };
  if (platform() !== 'linux') {
    throw new StartupError(
      `${cluster} is too long a path for a socket: set DATA_DIR to a shorter one.`,
    );
  }
  // Not the server's own /proc/<pid>/cwd: in a container even root may not look into another user's process.
  const folder = openSync(cluster, 'r');
  return { host: `/proc/${self.pid}/fd/${folder}`, close: () => closeSync(folder) };
}

/** Whether a server listens there; unlike process ids this holds across containers that share a folder. */
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
