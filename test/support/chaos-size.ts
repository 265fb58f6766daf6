import process from 'node:process';
import fc from 'fast-check';

/** How often each thing is broken. */
export const rounds = Number(process.env.ROUNDS ?? 2);
/** How long the load lasts that nothing is broken under. */
export const seconds = Number(process.env.SECONDS ?? 8);
export const seed = Number(process.env.PROPERTY_SEED ?? 20250320);

/** Milliseconds for a test that takes this long for one round. */
export const patienceFor = (perRound: number): number => 60_000 + rounds * perRound;

/** Numbers between two others, one for each round. */
export const momentsBetween = (min: number, max: number): number[] =>
  fc.sample(fc.integer({ min, max }), { seed, numRuns: rounds });
