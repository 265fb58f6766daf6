import type { Rows } from '../../backup/digest.ts';
import { classifyDatabaseError } from '../../postgres/errors.ts';
import { StartupError } from '../../postgres/startup-error.ts';

/** Runs `work`. Throws StartupError with the place of the database where that fails. */
export async function atPlace(place: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw placed(place, error);
  }
}

/** Passes rows on. Throws StartupError with the place of the database where reading them fails. */
export async function* rowsAtPlace(place: string, rows: Rows): AsyncGenerator<Buffer> {
  try {
    yield* rows;
  } catch (error) {
    throw placed(place, error);
  }
}

function placed(place: string, error: unknown): unknown {
  if (error instanceof StartupError || !(error instanceof Error)) return error;
  const classified = classifyDatabaseError(error);
  if (classified === undefined) return error;
  return new StartupError(`${place}: ${classified.message} (${error.message})`);
}
