import fc, { type Arbitrary } from 'fast-check';
import { thresholds } from '../../../src/domain/items/scan/strategy.ts';
import { seed } from '../../support/property-settings.ts';

/** The thresholds of production, and two under which a board of a few rows is a big one. */
export const strategies = [
  { ...thresholds },
  { bigParent: 0, sample: 5 },
  { bigParent: 0, sample: 40 },
];

const batchSize = 12;

/**
 * Draws `count` cases and checks them in batches, under each of the strategies in turn. `check` throws for a wrong
 * case, which is then found, shrunk and reported with its seed.
 */
export async function checkCases<Case>(
  arbitrary: Arbitrary<Case>,
  count: number,
  check: (cases: readonly Case[]) => Promise<void>,
): Promise<void> {
  const cases = fc.sample(arbitrary, { seed, numRuns: count });
  try {
    for (let start = 0; start < cases.length; start += batchSize) {
      Object.assign(thresholds, strategies[(start / batchSize) % strategies.length]);
      const batch = cases.slice(start, start + batchSize);
      await check(batch).catch(async (error) => {
        for (const n of batch.keys()) await shrink(arbitrary, start + n, check);
        throw new Error(`PROPERTY_SEED=${seed}: fails only as a batch`, { cause: error });
      });
    }
  } finally {
    Object.assign(thresholds, strategies[0]);
  }
}

/** Checks the nth case alone; throws its smallest failing form. */
const shrink = <Case>(
  arbitrary: Arbitrary<Case>,
  n: number,
  check: (cases: readonly Case[]) => Promise<void>,
): Promise<void> =>
  fc.assert(
    fc.asyncProperty(arbitrary, (one) => check([one])),
    { seed, path: String(n), numRuns: 1, interruptAfterTimeLimit: 60_000 },
  );
