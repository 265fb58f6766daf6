import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';

interface Instruction {
  name: string;
  rest: string;
}

/** The instructions of a Dockerfile, by stage. A stage without a name has its number. */
export function readStages(text: string): Map<string, Instruction[]> {
  const stages = new Map<string, Instruction[]>();
  let current: Instruction[] = [];
  for (const line of text.replace(/\\\n/g, ' ').split('\n')) {
    const [, name, rest = ''] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
    if (name === undefined) continue;
    if (name === 'FROM') {
      current = [];
      stages.set(/ AS (\S+)$/.exec(rest)?.[1] ?? String(stages.size), current);
    } else current.push({ name, rest });
  }
  return stages;
}

/**
 * Replays COPY and RUN of a stage in an empty folder, which stands for its working directory; `folders` has those of the
 * other stages, and '' for the context of the build. Steps that need another file system are left out.
 */
export function replay(
  stage: readonly Instruction[],
  folder: string,
  folders: ReadonlyMap<string, string>,
): void {
  const args = new Map<string, string>();
  for (const { name, rest } of stage) {
    if (name === 'ARG') {
      const [key = '', value = ''] = rest.split(/=(.*)/);
      args.set(key, value.replace(/^"|"$/g, ''));
    }
    if (name === 'COPY') copy(rest, folder, folders);
    if (name === 'RUN' && rest.startsWith('npm ')) {
      const command = rest.replace(/\$(\w+)/g, (_, key) => args.get(key) ?? '');
      execFileSync('sh', ['-c', command], { cwd: folder, stdio: 'pipe' });
    }
  }
}

function copy(rest: string, folder: string, folders: ReadonlyMap<string, string>): void {
  const [, stage = '', words = ''] = /^(?:--from=(\S+) )?(.*)$/.exec(rest) ?? [];
  const paths = words.split(' ');
  const target = paths.pop() ?? '';
  for (const path of paths) {
    const from = join(folders.get(stage) ?? '', path.replace(/^\/app\//, ''));
    const to = target === './' ? join(folder, path.replace(/^\/app\//, '')) : join(folder, target);
    fs.mkdirSync(dirname(to), { recursive: true });
    fs.cpSync(from, to, { recursive: true });
  }
}

/** A copy of the files that .dockerignore lets into the context: those with `!` of a list that begins with `*`. */
export function copyContext(project: string, folder: string): void {
  const [all, ...lines] = fs
    .readFileSync(join(project, '.dockerignore'), 'utf8')
    .trim()
    .split('\n');
  if (all !== '*') throw new Error('.dockerignore begins with *');
  const ignored = lines.filter((line) => !line.startsWith('!')).map((line) => join(project, line));
  for (const line of lines.filter((one) => one.startsWith('!')))
    fs.cpSync(join(project, line.slice(1)), join(folder, line.slice(1)), {
      recursive: true,
      filter: (path) => !ignored.includes(path),
    });
}
