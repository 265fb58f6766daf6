import process from 'node:process';

/** The size of the property tests: about as many queries are drawn in all. `.ci/run` draws more. */
export const runs = Number(process.env.PROPERTY_RUNS ?? 1000);
/** The seed of every random choice; a failure prints it. */
export const seed = Number(process.env.PROPERTY_SEED ?? 20250320);
/** The timeout of a property test in ms. */
export const timeout = 60_000 + runs * 60;
