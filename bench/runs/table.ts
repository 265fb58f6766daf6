export type Row = readonly string[];

/** An aligned Markdown table: columns of text to the left, columns of numbers to the right. */
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

/** A number as text; empty for NaN. */
export const fixed = (value: number, digits = 1, unit = ''): string =>
  Number.isNaN(value) ? '' : `${value.toFixed(digits)}${unit}`;

export const mark = (isMet: boolean): string => (isMet ? 'met' : 'missed');
