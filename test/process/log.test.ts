import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, expect, it } from 'vitest';
import { cleanUp, newFolder } from '../support/folders.ts';
import { isLinux, project } from '../support/platform.ts';

afterAll(cleanUp);

/** Runs a script that has `log` and `fs`, with a file as its stderr. */
function run(script: string, stderr: number) {
  const head = `import fs from 'node:fs'; import { createLog } from '${join(project, 'src/cli/log.ts')}';
    const log = createLog({ logLevel: 'info' });`;
  return spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', head + script],
    { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', stderr] },
  );
}

it.runIf(isLinux)('goes on where lines cannot be written, and writes again once they can', () => {
  const file = join(newFolder(), 'log');
  const full = fs.openSync('/dev/full', 'w');
  // The script replaces the file of its stderr: file descriptor 2 is closed, and the next one that is opened gets its number.
  const { status, stdout } = run(
    `for (let n = 0; n < 2000; n++) log.info({ n, text: 'x'.repeat(100) }, 'lost');
     await new Promise(setImmediate);
     fs.closeSync(2);
     if (fs.openSync('${file}', 'a') !== 2) throw new Error('another number');
     log.info('first');
     log.info('second');
     await new Promise(setImmediate);
     fs.writeSync(1, 'alive');`,
    full,
  );
  fs.closeSync(full);
  expect({ status, stdout }).toEqual({ status: 0, stdout: 'alive' });
  const lines = fs
    .readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toHaveLength(2);
  expect(lines.at(-1)).toMatchObject({ msg: 'second' });
});

it('logs errors with their fields, and anything else that was thrown as it is', () => {
  const file = join(newFolder(), 'log');
  const stderr = fs.openSync(file, 'w');
  const { status } = run(
    `log.error({ err: Object.assign(new Error('a bug'), { code: 'X' }) }, 'failed');
     log.error({ err: 'a text' }, 'failed');`,
    stderr,
  );
  fs.closeSync(stderr);
  expect(status).toBe(0);
  const [bug = '', text = ''] = fs.readFileSync(file, 'utf8').split('\n');
  expect(JSON.parse(bug).err).toMatchObject({ type: 'Error', message: 'a bug', code: 'X' });
  expect(JSON.parse(bug).err.stack).toMatch(/^Error: a bug\n +at /);
  expect(JSON.parse(text).err).toBe('a text');
});
