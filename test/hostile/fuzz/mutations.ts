import type { Random } from './random.ts';

const pieces = [
  ...['{', '}', '(', ')', '[', ']', '"', '"""', '\\', '$', '@', ':', '...', '#', '\n', '\r\n', ','],
  ...['null', 'fragment', 'on', '__typename', '\0', '\ufeff', '\u2028', '-', '1e999', '\\u0000'],
];

/** Deletes, repeats, inserts or swaps parts of a text. */
export function mutateText(random: Random, text: string): string {
  let mutated = text;
  for (let n = 1 + random.below(3); n > 0; n -= 1) {
    const at = random.below(mutated.length + 1);
    const end = Math.min(mutated.length, at + random.below(20));
    const part = mutated.slice(at, end);
    const replacement = random.pick([
      '',
      part.repeat(2 + random.below(30)),
      random.pick(pieces) + part,
      random.pick(pieces).repeat(1 + random.below(50)),
    ]);
    mutated = mutated.slice(0, at) + replacement + mutated.slice(end);
  }
  return mutated;
}

/** Changes single bytes, and sometimes cuts the end off. */
export function mutateBytes(random: Random, text: string): Buffer {
  const bytes = Buffer.from(text);
  for (let n = 1 + random.below(8); n > 0; n -= 1)
    bytes[random.below(bytes.length)] = random.below(256);
  return bytes.subarray(0, random.isLucky(0.2) ? random.below(bytes.length) : bytes.length);
}
