import { invalid } from '../errors.ts';

/** Formats of dates in files, with the places of year, month and day. */
const dateFormats = {
  'DD.MM.YYYY': { pattern: /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/, places: [3, 2, 1] },
  'DD/MM/YYYY': { pattern: /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/, places: [3, 2, 1] },
  'MM/DD/YYYY': { pattern: /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/, places: [3, 1, 2] },
} as const;

type DateFormat = keyof typeof dateFormats;
export const dateFormatNames = Object.keys(dateFormats) as DateFormat[];
export const decimalMarks = [',', '.'];

/** How a file writes numbers and dates. Without it they are as JSON and ISO 8601 write them. */
export interface LocalFormats {
  decimal?: string | undefined;
  dates?: string | undefined;
}

/** `1.234,50`, `12.000`, `2,5`: with at least a comma or a dot, which is between each three digits. */
const commaNumber = /^([-+]?)([1-9]\d{0,2}(?:\.\d{3})+|\d+(?=,))(?:,(\d+))?$/;

/** A number with a decimal comma as `1234.50`; undefined for any other text. */
function numberOf(text: string): string | undefined {
  const [, sign, whole, fraction] = commaNumber.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const digits = whole.replaceAll('.', '') + (fraction === undefined ? '' : `.${fraction}`);
  return sign === '-' ? `-${digits}` : digits;
}

/** A date of the format as `2025-12-31`; undefined for any other text, and for days that do not exist. */
function dateOf(text: string, format: DateFormat): string | undefined {
  const { pattern, places } = dateFormats[format];
  const parts = pattern.exec(text);
  if (parts === null) return undefined;
  const [year, month, day] = places.map((place) => Number(parts[place])) as [
    number,
    number,
    number,
  ];
  const date = places.map((place) => parts[place]?.padStart(2, '0')).join('-');
  // A day that does not exist would be one of the next month.
  const exists = new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10) === date;
  return exists ? date : undefined;
}

/**
 * Reads the numbers and dates of cells: a cell that is wholly one becomes text that filters and totals understand, any
 * other stays as it is. Throws VALIDATION_ERROR for formats that are not known.
 */
export function readerOf({ decimal, dates }: LocalFormats): (cell: unknown) => unknown {
  const format = dateFormatNames.find((name) => name === dates);
  if (dates !== undefined && format === undefined)
    throw invalid('dates', `must be one of ${dateFormatNames.join(', ')}, not '${dates}'`);
  if (decimal !== undefined && !decimalMarks.includes(decimal))
    throw invalid('decimal', `must be one of ${decimalMarks.join(' ')}, not '${decimal}'`);
  return (cell) => {
    if (typeof cell !== 'string') return cell;
    const text = cell.trim();
    const number = decimal === ',' ? numberOf(text) : undefined;
    return number ?? (format && dateOf(text, format)) ?? cell;
  };
}

/** Numbers that have a decimal point: `12.5`, `1,234.50`; or thousands in groups, `1,234`. */
const pointNumber = /^[-+]?(\d+\.(\d{1,2}|\d{4,})|[1-9]\d{0,2}(,\d{3})+(\.\d+)?)$/;

/** The values that the cells of a column look like, where a format that is not given would read them; undefined for none. */
export function hintOf(cells: readonly unknown[], { decimal, dates }: LocalFormats) {
  const texts = cells.filter((cell) => typeof cell === 'string').map((cell) => cell.trim());
  const filled = texts.filter((text) => text !== '');
  const hint = (count: number, looks: string) => `${count} of ${filled.length} look like ${looks}`;
  const numbers = filled.filter((text) => numberOf(text) !== undefined).length;
  if (decimal === undefined && numbers > 0 && !filled.some((text) => pointNumber.test(text)))
    return hint(numbers, 'numbers with a decimal comma: add --decimal ,');
  if (dates !== undefined) return undefined;
  const counts = dateFormatNames.map((name) => ({
    name,
    count: filled.filter((text) => dateOf(text, name) !== undefined).length,
  }));
  const most = Math.max(...counts.map(({ count }) => count));
  if (most === 0) return undefined;
  const likely = counts.filter(({ count }) => count === most).map(({ name }) => name);
  return hint(most, `dates: add --dates ${likely.join(' or ')}`);
}
