export type Row = readonly string[];

/** A table in Markdown, its columns aligned: the first two to the left, where they are texts, others to the right. */
export function toTable(head: Row, rows: readonly Row[]): string {
  const widths = head.map((title, n) =>
    Math.max(3, title.length, ...rows.map((row) => row[n]?.length ?? 0)),
  );
  const isText = head.map((_, n) => rows.every((row) => !/^[\d.]/.test(row[n] ?? '')));
  const line = (row: Row) => {
    const cells = widths.map((width, n) =>
      isText[n] ? (row[n] ?? '').padEnd(width) : (row[n] ?? '').padStart(width),
    );
    return `| ${cells.join(' | ')} |`;
  };
  const rule = widths.map((width, n) => '-'.repeat(width - 1) + (isText[n] ? '-' : ':'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

/** A number as text; nothing where there is none. */
export const fixed = (value: number, digits = 1, unit = ''): string =>
  Number.isNaN(value) ? '' : `${value.toFixed(digits)}${unit}`;

export const mark = (isMet: boolean): string => (isMet ? 'met' : 'missed');
