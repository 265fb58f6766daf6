import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** The root folder of this project. */
export const project = fileURLToPath(new URL('../..', import.meta.url));
export const nobody = { uid: 65534, gid: 65534 };
export const isLinux = process.platform === 'linux';
export const isRoot = process.getuid?.() === 0;
/** Whether this process can run the project as another user. */
export const isReadable =
  isRoot &&
  spawnSync(process.execPath, ['-p', `fs.readdirSync('${project}')`], nobody).status === 0;

/** Milliseconds that a start may take: a few seconds, and many times that on a busy machine. */
export const startTimeout = 60_000;
/** Milliseconds that a restart, or a start that fails, may take: 5 s, and many times that on a busy machine. */
export const restartTimeout = 30_000;
/** For `vi.setConfig`, in files whose tests start several servers. */
export const longTimeouts = { testTimeout: 2 * startTimeout, hookTimeout: 2 * startTimeout };
