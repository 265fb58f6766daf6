import * as fs from 'node:fs';

const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = fs.constants;
const largest = 10 * 1024 * 1024;
const tail = 64 * 1024;

export interface ServerLog {
  path: string;
  /** for programs to write to */
  descriptor: number;
  /** the line since the log was opened that says most about a failure; '' if there is none */
  lastWord(): string;
  close(): void;
}

/** Opens a log to append to; one larger than 10 MB is emptied first. */
export function openLog(path: string): ServerLog {
  // Not through a link: root would write wherever someone else has it lead.
  const descriptor = fs.openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  if (fs.fstatSync(descriptor).size > largest) fs.ftruncateSync(descriptor);
  const start = fs.fstatSync(descriptor).size;
  return {
    path,
    descriptor,
    lastWord: () => lastWord(readFrom(path, start)),
    close: () => fs.closeSync(descriptor),
  };
}

/** The end of a file, and nothing from before `start`. */
function readFrom(path: string, start: number): string {
  const file = fs.openSync(path, 'r');
  try {
    const { size } = fs.fstatSync(file);
    const from = Math.max(start, size - tail);
    const buffer = Buffer.alloc(Math.max(0, size - from));
    fs.readSync(file, buffer, 0, buffer.length, from);
    return buffer.toString();
  } finally {
    fs.closeSync(file);
  }
}

function lastWord(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const severe = lines.findLast((line) => /\b(FATAL|PANIC|error):/.test(line));
  // Without the time and the process, which stand before the severity.
  return (severe ?? lines.at(-1) ?? '')
    .replace(/^.*?((FATAL|PANIC|LOG|error|initdb):\s*)+/, '')
    .trim();
}
