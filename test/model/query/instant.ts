import { type Decimal, isDigits, splitSign } from './decimal.ts';

const nanoseconds = ['', ...Array.from({ length: 9 }, (_, n) => `.${'9'.repeat(n + 1)}`)];
const clocks = ['T99:99', ...nanoseconds.map((fraction) => `T99:99:99${fraction}`)];
const zones = ['', 'Z', '+99:99', '-99:99', '+9999', '-9999'];
const instantShapes = new Set([
  '9999-99-99',
  ...clocks.flatMap((clock) => zones.map((zone) => `9999-99-99${clock}${zone}`)),
]);

const shapeOf = (text: string): string =>
  [...text].map((char) => (isDigits(char) ? '9' : char)).join('');

/** Parses an ISO 8601 date or date-time to seconds since 1970; without an offset it is UTC. */
export function parseInstant(text: string): Decimal | undefined {
  if (!instantShapes.has(shapeOf(text))) return undefined;
  const day = dayOf(text.slice(0, 10));
  const time = text.slice(11);
  const zoneAt = [...time].findIndex((char) => 'Z+-'.includes(char));
  const clock = zoneAt === -1 ? time : time.slice(0, zoneAt);
  const [hour = 0, minute = 0, second = 0] = clock
    .split(':')
    .map((part) => Math.trunc(Number(part)));
  const offset = offsetOf(zoneAt === -1 ? 'Z' : time.slice(zoneAt));
  const isTime = time === '' || (hour < 24 && minute < 60 && second < 60);
  if (day === undefined || offset === undefined || !isTime) return undefined;
  const [, fraction = ''] = clock.split('.');
  const seconds = time === '' ? day * 86400 : day * 86400 + hour * 3600 + minute * 60 + second;
  return {
    units: BigInt(seconds - offset) * 10n ** 9n + BigInt(fraction.padEnd(9, '0')),
    places: 9,
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
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(-2))];
  if (hours > 23 || minutes > 59) return undefined;
  return splitSign(zone).sign * (hours * 3600 + minutes * 60);
}
