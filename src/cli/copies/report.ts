import type { Report } from '../../backup/backup-file.ts';

/** Prints a line for each table that was copied, and counts its rows. */
export function reportTo(print: (text: string) => void) {
  const counts = new Map<string, number>();
  const table: Report = ({ name }, { rows }) => {
    counts.set(name, rows);
    print(`${name.padEnd(20)} ${String(rows).padStart(12)} ${rows === 1 ? 'row' : 'rows'}`);
  };
  return {
    table,
    /** The rows of one table, or of all. */
    rows: (name?: string): number =>
      name === undefined
        ? [...counts.values()].reduce((a, b) => a + b, 0)
        : (counts.get(name) ?? 0),
  };
}
