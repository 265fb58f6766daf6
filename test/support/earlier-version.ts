import { execFileSync, spawnSync } from 'node:child_process';
import process from 'node:process';
import { newFolder } from './folders.ts';
import { project } from './platform.ts';

/**
 * The commit `UPGRADE_FROM`, or else the one before the newest migration was added; undefined where this clone has no such
 * history.
 */
export function commitBeforeMigration(): string | undefined {
  if (process.env.UPGRADE_FROM) return process.env.UPGRADE_FROM;
  const git = (...args: string[]) =>
    spawnSync('git', args, { cwd: project, encoding: 'utf8' }).stdout.trim();
  const added = git('log', '-1', '--diff-filter=A', '--format=%H', '--', 'prisma/migrations');
  const before = added && git('rev-parse', '--quiet', '--verify', `${added}^`);
  return before || undefined;
}

/** Installs and builds the project as it was at a commit. Returns its root folder. */
export function buildCommit(commit: string): string {
  const root = newFolder();
  const archive = execFileSync('git', ['archive', commit], { cwd: project, maxBuffer: 2 ** 28 });
  execFileSync('tar', ['-x', '-C', root], { input: archive });
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--silent'], { cwd: root, stdio: 'pipe' });
  return root;
}
