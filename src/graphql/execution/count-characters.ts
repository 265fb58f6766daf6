/** Counts the characters of a value's JSON, without those of escapes, piece by piece: `count` may throw to end it. */
export function countCharacters(value: unknown, count: (characters: number) => void): void {
  if (typeof value !== 'object' || value === null) {
    count(`${value}`.length + 2);
    return;
  }
  if (Array.isArray(value)) {
    // Without the entries of the list: they would take ten times as long.
    for (const element of value) {
      count(1);
      countCharacters(element, count);
    }
    return;
  }
  for (const [key, field] of Object.entries(value)) {
    count(key.length + 4);
    countCharacters(field, count);
  }
}
