// How often backups are meant to be taken, as far as the words of the inventory tell. Pure.

import { type Duration, parseDuration, seconds } from '../time.ts';

const hour = 3600;
const words: Readonly<Record<string, number>> = {
  hourly: hour,
  daily: 24 * hour,
  midnight: 24 * hour,
  weekly: 7 * 24 * hour,
  monthly: 31 * 24 * hour,
};

/** `daily`, `@daily`, `12h`, or five fields of cron: the longest time between two. Undefined where it says nothing of the kind. */
export function scheduleInterval(text: string): Duration | undefined {
  const word = words[text.trim().replace(/^@/, '').toLowerCase()];
  if (word !== undefined) return seconds(word);
  const fields = text.trim().split(/\s+/);
  if (fields.length === 5) return cronInterval(fields);
  const duration = parseDuration(text.trim().replace(/^every\s+/, ''));
  return duration !== undefined && duration > 0 ? duration : undefined;
}

function cronInterval([minute = '', hours = '', day = '', month = '', weekday = '']: readonly string[]): Duration {
  if (month !== '*') return seconds(366 * 24 * hour);
  if (day !== '*' && !day.startsWith('*/')) return seconds(31 * 24 * hour);
  if (day.startsWith('*/')) return seconds(Number(day.slice(2)) * 24 * hour);
  if (weekday !== '*') return seconds(weekdayGap(weekday) * 24 * hour);
  if (hours.startsWith('*/')) return seconds(Number(hours.slice(2)) * hour);
  if (hours !== '*') return seconds(24 * hour);
  return minute.startsWith('*/') ? seconds(Number(minute.slice(2)) * 60) : seconds(hour);
}

/** Days between two at most: `1-5` leaves the weekend out. */
function weekdayGap(field: string): number {
  const days = field.split(',').flatMap(part => {
    const [from = 0, to = from] = part.split('-').map(Number);
    return Number.isNaN(from) ? [] : Array.from({ length: to - from + 1 }, (_, i) => (from + i) % 7);
  });
  const sorted = [...new Set(days)].sort((a, b) => a - b);
  const gaps = sorted.map((one, i) => (sorted[i + 1] ?? (sorted[0] ?? 0) + 7) - one);
  return Math.max(1, ...gaps, sorted.length === 0 ? 7 : 1);
}
