/** Exactly `units` / 10^`places`. */
export interface Decimal {
  units: bigint;
  places: number;
}

export const isDigits = (text: string): boolean =>
  text !== '' && [...text].every((char) => char >= '0' && char <= '9');

export function splitSign(text: string): { sign: 1 | -1; rest: string } {
  const hasSign = text.startsWith('+') || text.startsWith('-');
  return { sign: text.startsWith('-') ? -1 : 1, rest: hasSign ? text.slice(1) : text };
}

/**
 * Parses a decimal number with an optional exponent. Not in the contract: at most 300 characters, and at most 3 digits
 * of exponent.
 */
export function parseDecimal(text: string): Decimal | undefined {
  const [mantissa = '', power = '0', ...powers] = text.trim().replace('E', 'e').split('e');
  const { sign, rest } = splitSign(mantissa);
  // A code or a phone number.
  if (mantissa.startsWith('+') || (rest.startsWith('0') && isDigits(rest.slice(1, 2))))
    return undefined;
  const [whole = '', fraction = '', ...points] = rest.split('.');
  const exponent = splitSign(power);
  const isPlain = powers.length === 0 && points.length === 0 && isDigits(whole + fraction);
  if (!isPlain || !isDigits(exponent.rest)) return undefined;
  if (text.length > 300 || exponent.rest.length > 3) return undefined;
  return {
    units: BigInt(sign) * BigInt(whole + fraction),
    places: fraction.length - exponent.sign * Number(exponent.rest),
  };
}

/** The decimal notation of a number, without an exponent. */
export function plainText({ units, places }: Decimal): string {
  const sign = units < 0n ? '-' : '';
  const digits = String(units < 0n ? -units : units);
  if (places <= 0) return sign + (digits === '0' ? digits : digits + '0'.repeat(-places));
  const padded = digits.padStart(places + 1, '0');
  return `${sign}${padded.slice(0, -places)}.${padded.slice(-places)}`;
}
