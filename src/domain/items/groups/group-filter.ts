import type { ItemFilter } from '../filter/filter.ts';
import type { GroupBy } from './groups.ts';

/** The filter that matches the items of one group. */
export function filterOf({ field, value, month }: GroupBy, key: string | null): ItemFilter {
  if (value != null) {
    const isText = { key: value, as: 'TEXT' as const };
    return key === null
      ? { not: { values: [{ ...isText, gte: '' }] } }
      : { values: [{ ...isText, eq: key }] };
  }
  if (month != null) {
    const isDate = { key: month, as: 'DATE' as const };
    const [from, to] = key === null ? ['0001-01', '9999-12'] : [key, key];
    const within = { ...isDate, gte: `${from}-01`, lte: `${to}-${lastDay(to)}` };
    return key === null ? { not: { values: [within] } } : { values: [within] };
  }
  if (field === 'LABEL') return { labels: key === null ? { exists: false } : { hasAny: [key] } };
  if (field === 'COLUMN') return { columnId: { eq: key ?? '' } };
  const [gte, lt] = monthBounds(key ?? '');
  return field === 'CREATED_MONTH' ? { createdAt: { gte, lt } } : { updatedAt: { gte, lt } };
}

/** The number of days of a month like `2025-04`. */
function lastDay(month: string): number {
  const [from, to] = monthBounds(month);
  return Math.round((to.getTime() - from.getTime()) / 86_400_000);
}

function monthBounds(key: string): [Date, Date] {
  const from = new Date(`${key}-01T00:00:00Z`);
  const to = new Date(from);
  to.setUTCMonth(to.getUTCMonth() + 1);
  return [from, to];
}
