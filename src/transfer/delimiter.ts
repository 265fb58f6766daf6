/** The delimiters that spreadsheets and databases write. */
const candidates = [',', ';', '\t', '|'];

/** Lines that are compared. */
const maxLines = 20;

/** The lines of a text, without those in quotes; the last one may be cut off, unless it is the only one. */
function linesOutsideQuotes(text: string): string[] {
  const lines: string[] = [''];
  let isQuoted = false;
  for (const character of text) {
    if (character === '"') isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (character === '\n' || character === '\r') {
      if (lines.at(-1) === '') continue;
      if (lines.length > maxLines) break;
      lines.push('');
    } else lines[lines.length - 1] += character;
  }
  return lines.length > 1 ? lines.slice(0, -1) : lines;
}

const count = (line: string, delimiter: string): number => line.split(delimiter).length - 1;

/**
 * The delimiter of a CSV file, from its beginning: the one that the most lines have as often as the header, outside of
 * quotes. A comma where there is none.
 */
export function guessDelimiter(head: string): string {
  const [header = '', ...lines] = linesOutsideQuotes(head);
  const scores = candidates
    .map((delimiter) => {
      const expected = count(header, delimiter);
      const same = lines.filter((line) => count(line, delimiter) === expected).length;
      return { delimiter, expected, same };
    })
    .filter(({ expected }) => expected > 0)
    .sort((a, b) => b.same - a.same || b.expected - a.expected);
  return scores[0]?.delimiter ?? ',';
}

/** The line with which Excel names the delimiter of a file. */
const excelLine = /^\ufeff?sep=(.)\r?\n/;

/** The delimiter that the first line of a file names, and the length of that line. */
export function namedDelimiter(head: string): { delimiter: string; length: number } | undefined {
  const [line, delimiter] = excelLine.exec(head) ?? [];
  return delimiter === undefined || line === undefined
    ? undefined
    : { delimiter, length: line.length };
}
