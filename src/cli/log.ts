import { type Logger, pino } from 'pino';
import type { Config } from '../config.ts';
import type { AvailabilityListener } from '../postgres/client.ts';

/** A log of JSON lines on stderr. */
export const createLog = ({ logLevel }: Pick<Config, 'logLevel'>): Logger =>
  pino({ level: logLevel }, pino.destination({ fd: 2, sync: true }));

/** Logs when the database, or its replica, becomes unavailable, and when it is available again. */
export const availabilityLog = (
  log: Logger,
  database: 'database' | 'replica' = 'database',
): AvailabilityListener => ({
  onUnavailable: ({ message }) => log.warn({ reason: message }, `${database} unavailable`),
  onAvailable: (milliseconds) => log.info({ milliseconds }, `${database} available again`),
});
