import { createHash } from 'node:crypto';

/** Two tables with the same digest are equal: the number of rows, and SHA-256 of their text, in hexadecimal. */
export interface Digest {
  rows: number;
  sha256: string;
}

export type Rows = AsyncIterable<Buffer>;

const newline = 10;

/** Passes rows on, each of which is a line, and returns their digest. */
export async function* digesting(rows: Rows): AsyncGenerator<Buffer, Digest> {
  const hash = createHash('sha256');
  let count = 0;
  for await (const chunk of rows) {
    hash.update(chunk);
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, at + 1)) count += 1;
    yield chunk;
  }
  return { rows: count, sha256: hash.digest('hex') };
}

/** Reads rows to their end. */
export async function digestOf(reader: AsyncGenerator<Buffer, Digest>): Promise<Digest> {
  for (;;) {
    const { done, value } = await reader.next();
    if (done) return value;
  }
}

/** True where both digests are known and equal. */
export const isEqual = (a: Digest, b: Digest | undefined): boolean =>
  a.rows === b?.rows && a.sha256 === b.sha256;
