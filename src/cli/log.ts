import { writeSync } from 'node:fs';
import { type Logger, pino, stdSerializers } from 'pino';
import type { Config } from '../config.ts';
import type { AvailabilityListener } from '../postgres/availability.ts';
import { mapStack } from './mapped-stack.ts';

/** pino's fields of an error. Anything else that was thrown stays what it is. */
function withMappedStack(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const fields = stdSerializers.err(error);
  return { ...fields, stack: mapStack(fields.stack ?? '') };
}

/**
 * A log of JSON lines on stderr. A line that cannot be written, as on a full disk, is dropped. (pino's own destination
 * would end the process, or try again for ever.)
 */
export const createLog = ({ logLevel }: Pick<Config, 'logLevel'>): Logger =>
  pino(
    { level: logLevel, serializers: { err: withMappedStack } },
    {
      write(line: string) {
        try {
          writeSync(2, line);
        } catch {
          // There is no other place to say so.
        }
      },
    },
  );

/** Logs when the database, or its replica, becomes unavailable, and when it is available again. */
export const availabilityLog = (
  log: Logger,
  database: 'database' | 'replica' = 'database',
): AvailabilityListener => ({
  onUnavailable: ({ message }) => log.warn({ reason: message }, `${database} unavailable`),
  onAvailable: (milliseconds) => log.info({ milliseconds }, `${database} available again`),
});
