/** The parts of a comma-separated list. */
export const listOf = (text: string): string[] => text.split(',').map((part) => part.trim());

/** The n-th element of a list, which repeats without end. */
export const pick = <Element>(list: readonly Element[], n: number): Element =>
  list[n % list.length] as Element;

/** A number in at least three digits, for ids. */
export const pad = (n: number): string => String(n).padStart(3, '0');
