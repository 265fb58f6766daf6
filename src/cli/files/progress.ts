/** Where a command reports: a terminal, on which lines can be replaced and people asked, or a log. */
export interface Terminal {
  isInteractive: boolean;
  /** Writes text as it is. */
  write(text: string): void;
  /** Asks for yes or no; yes is the default. */
  confirm(question: string): Promise<boolean>;
}

/** Milliseconds between two lines: on a terminal, and in a log. */
const intervals = { terminal: 100, log: 5000 };
const barWidth = 24;

const bar = (part: number): string => {
  const filled = Math.round(Math.min(part, 1) * barWidth);
  return `[${'#'.repeat(filled)}${'-'.repeat(barWidth - filled)}]`;
};

const format = (count: number): string => count.toLocaleString('en');

/** The progress of an import: a bar on a terminal, a line every few seconds elsewhere. */
export class Progress {
  readonly #terminal: Terminal;
  readonly #start = performance.now();
  #shownAt: number;
  #firstRows: number | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    this.#shownAt = terminal.isInteractive ? 0 : this.#start;
  }

  /** `part` is 0 to 1, and undefined where the whole is not known. */
  update({ rows, failed, part }: { rows: number; failed: number; part?: number }): void {
    // The first rows may be those of an earlier run.
    this.#firstRows ??= rows;
    const now = performance.now();
    const { isInteractive, write } = this.#terminal;
    if (now - this.#shownAt < intervals[isInteractive ? 'terminal' : 'log']) return;
    this.#shownAt = now;
    const rate = Math.round((rows - this.#firstRows) / ((now - this.#start) / 1000));
    const percent = part === undefined ? '' : `${Math.floor(part * 100)}% `;
    const text = `${percent}${format(rows)} rows, ${format(failed)} rejected, ${format(rate)} rows/s`;
    if (isInteractive) write(`\r\x1b[K${part === undefined ? '' : `${bar(part)} `}${text}`);
    else write(`${text}\n`);
  }

  /** Removes the bar. */
  end(): void {
    if (this.#terminal.isInteractive) this.#terminal.write('\r\x1b[K');
  }
}
