import * as fs from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { newFolder } from './folders.ts';
import { project } from './platform.ts';

/** A copy of `prisma/` with changed files, by their path in it. */
export function prismaWith(changes: Record<string, (sql: string) => string>): URL {
  const folder = newFolder();
  fs.cpSync(join(project, 'prisma'), folder, { recursive: true });
  for (const [name, change] of Object.entries(changes)) {
    const path = join(folder, name);
    const before = fs.existsSync(path) ? fs.readFileSync(path, 'utf8') : '';
    fs.mkdirSync(join(path, '..'), { recursive: true });
    fs.writeFileSync(path, change(before));
  }
  return pathToFileURL(`${folder}/`);
}
