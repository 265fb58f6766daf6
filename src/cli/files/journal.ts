import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { StartupError } from '../../postgres/startup-error.ts';

/**
 * The progress of an import, in a file beside its source: a line of JSON for each step that is done. After a kill, the
 * import goes on after the last complete line.
 */
export class Journal<Entry extends object> {
  readonly path: string;
  /** The steps of an earlier run. */
  readonly entries: readonly Entry[];

  constructor(path: string) {
    this.path = path;
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    // A kill may have cut off the last line.
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole !== text) writing(path, () => writeFileSync(path, whole));
    this.entries = whole
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Entry);
  }

  add(entry: Entry): void {
    writing(this.path, () => appendFileSync(this.path, `${JSON.stringify(entry)}\n`));
  }
}

/** Throws StartupError where a file cannot be written. */
export function writing(path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    throw new StartupError(`Cannot write ${path}: ${(error as Error).message}`);
  }
}
