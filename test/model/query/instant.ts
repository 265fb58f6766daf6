import { type Decimal, isDigits, splitSign } from './decimal.ts';

const secondsOfDay = 86400;

const zones = ['', 'Z', '+99', '-99', '+99:99', '-99:99', '+9999', '-9999'];

const shapeOf = (text: string): string =>
  [...text].map((char) => (isDigits(char) ? '9' : char)).join('');

/** The parts of a date or date-time, as they are written. */
function partsOf(text: string) {
  const [date, clock] = [text.slice(0, 10), text.slice(11)];
  if (shapeOf(date) !== '9999-99-99') return undefined;
  if (text.length === 10) return { date, clock: '00:00:00', fraction: '', zone: '' };
  const zoneAt = [...clock].findIndex((char) => 'Zz+-'.includes(char));
  const [time, zone] = zoneAt === -1 ? [clock, ''] : [clock.slice(0, zoneAt), clock.slice(zoneAt)];
  const [whole = '', ...fractions] = time.split('.');
  const isShaped =
    ['T', 't', ' '].includes(text.charAt(10)) &&
    ['99:99', '99:99:99'].includes(shapeOf(whole)) &&
    zones.includes(shapeOf(zone.toUpperCase())) &&
    (fractions.length === 0 ||
      (fractions.length === 1 && whole.length === 8 && isDigits(fractions.join(''))));
  return isShaped ? { date, clock: whole, fraction: fractions.join(''), zone } : undefined;
}

/** Whether a text is a date without a time: as an operand, the whole day. */
export const isDay = (text: string): boolean => shapeOf(text.trim()) === '9999-99-99';

/** The instant a day after. */
export const nextDay = ({ units, places }: Decimal): Decimal => ({
  units: units + BigInt(secondsOfDay) * 10n ** BigInt(places),
  places,
});

/** Parses a date or date-time to seconds since 1970; without an offset it is UTC. */
export function parseInstant(text: string): Decimal | undefined {
  const parts = text.length > 300 ? undefined : partsOf(text.trim());
  if (parts === undefined) return undefined;
  const { date, clock, fraction, zone } = parts;
  const day = dayOf(date);
  const [hour = 0, minute = 0, second = 0] = clock.split(':').map(Number);
  const offset = offsetOf(zone.toUpperCase() || 'Z');
  const isTime = hour < 24 && minute < 60 && second < 60;
  if (day === undefined || offset === undefined || !isTime) return undefined;
  const seconds = day * secondsOfDay + hour * 3600 + minute * 60 + second - offset;
  return {
    units: BigInt(seconds) * 10n ** BigInt(fraction.length) + BigInt(fraction),
    places: fraction.length,
  };
}

/** The days from 1970-01-01 to a date; undefined for a date that does not exist, and in the year 0. */
function dayOf(date: string): number | undefined {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  const midnight = new Date(0);
  midnight.setUTCFullYear(year, month - 1, day);
  const isReal = midnight.getUTCMonth() === month - 1 && midnight.getUTCDate() === day;
  return isReal && year > 0 ? midnight.getTime() / 86_400_000 : undefined;
}

function offsetOf(zone: string): number | undefined {
  if (zone === 'Z') return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(3).replace(':', ''))];
  if (hours > 23 || minutes > 59) return undefined;
  return splitSign(zone).sign * (hours * 3600 + minutes * 60);
}
