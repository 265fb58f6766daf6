import process from 'node:process';
import fc from 'fast-check';

/** How many times each failure is repeated. */
export const rounds = Number(process.env.ROUNDS ?? 2);
/** How long a load without failures lasts. */
export const seconds = Number(process.env.SECONDS ?? 8);
/** How many writes are followed by a read through another gateway. */
export const pairs = Number(process.env.PAIRS ?? 500);
export const seed = Number(process.env.PROPERTY_SEED ?? 20250320);

/** The timeout in ms of a test that takes `perRound` ms for each round. */
export const timeoutFor = (perRound: number): number => 60_000 + rounds * perRound;

/** Delays in ms between `min` and `max`, one for each round. */
export const randomDelays = (min: number, max: number): number[] =>
  fc.sample(fc.integer({ min, max }), { seed, numRuns: rounds });
