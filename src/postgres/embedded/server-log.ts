import * as fs from 'node:fs';

const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = fs.constants;
/** Bytes. */
const maxSize = 10 * 1024 * 1024;
const tailSize = 64 * 1024;

export interface ServerLog {
  path: string;
  /** the open file, for programs to write to */
  descriptor: number;
  /** The last error since the log was opened, else its last line; '' if it is empty. */
  lastError(): string;
  close(): void;
}

/** Opens a log for appending, and empties it first if it is larger than 10 MB. */
export function openLog(path: string): ServerLog {
  // No symbolic links: another user could make root write to any file.
  const descriptor = fs.openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  if (fs.fstatSync(descriptor).size > maxSize) fs.ftruncateSync(descriptor);
  const start = fs.fstatSync(descriptor).size;
  return {
    path,
    descriptor,
    lastError: () => lastError(readFrom(path, start)),
    close: () => fs.closeSync(descriptor),
  };
}

/** The end of a file, from `start` at the earliest. */
function readFrom(path: string, start: number): string {
  const file = fs.openSync(path, 'r');
  try {
    const { size } = fs.fstatSync(file);
    const from = Math.max(start, size - tailSize);
    const buffer = Buffer.alloc(Math.max(0, size - from));
    fs.readSync(file, buffer, 0, buffer.length, from);
    return buffer.toString();
  } finally {
    fs.closeSync(file);
  }
}

function lastError(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const severe = lines.findLast((line) => /\b(FATAL|PANIC|error):/.test(line));
  // Without time, process id and severity.
  return (severe ?? lines.at(-1) ?? '')
    .replace(/^.*?((FATAL|PANIC|LOG|error|initdb):\s*)+/, '')
    .trim();
}
