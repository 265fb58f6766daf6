import fc, { type Arbitrary } from 'fast-check';
import { seed } from '../../support/property-settings.ts';

/** The default thresholds, and two under which a board of a few rows is a large one. */
export const thresholds = [
  undefined,
  { largeParent: 0, sample: 5 },
  { largeParent: 0, sample: 40 },
];

let selected = 0;

/** Sends the requests of a gateway to the app with the nth thresholds. */
export function selectThresholds(n: number): void {
  selected = n;
}

export const selectedThresholds = (): number => selected;

const batchSize = 12;

/**
 * Draws `count` cases and checks them in batches, under each of the thresholds in turn. `check` throws for a wrong
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
      selectThresholds((start / batchSize) % thresholds.length);
      const batch = cases.slice(start, start + batchSize);
      await check(batch).catch(async (error) => {
        for (const n of batch.keys()) await shrink(arbitrary, start + n, check);
        throw new Error(`PROPERTY_SEED=${seed}: fails only as a batch`, { cause: error });
      });
    }
  } finally {
    selectThresholds(0);
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
