import * as fs from 'node:fs';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { demoKey } from '../../src/seed/demo.ts';
import { launch, type Program } from './program.ts';

/** Runs a command with the demo key, in a folder. */
export const runCommand = (
  { url, folder }: { url: string; folder: string },
  script: 'import' | 'export',
  args: readonly string[],
): Program =>
  launch(script, { folder, env: { ITEMS_GATEWAY_URL: url, ITEMS_GATEWAY_KEY: demoKey } }, ...args);

/** The output of a command that succeeds, or of an import that rejects rows and then says so. */
export async function outputOf(program: Program, rejection?: string): Promise<string> {
  const { how, stdout, stderr } = await program.ended;
  expect({ how, stderr }).toEqual(
    rejection === undefined
      ? { how: 'exit code 0', stderr: '' }
      : { how: 'exit code 1', stderr: `${rejection}\n` },
  );
  return stdout;
}

/** The complete lines of the only progress file in a folder. */
function journalIn(folder: string): string[] {
  const name = fs.readdirSync(folder).find((one) => one.endsWith('.jsonl'));
  return name === undefined
    ? []
    : fs.readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1);
}

/** Kills an import when its progress file has so many lines. */
export async function killAfter(lines: number, folder: string, program: Program): Promise<void> {
  await vi.waitUntil(() => journalIn(folder).length >= lines, { timeout: 30_000, interval: 1 });
  program.send('SIGKILL');
  await program.ended;
}
