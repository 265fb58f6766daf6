/** A random number generator with a seed (mulberry32): the same seed gives the same values. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number from 0 to 1, without 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 to `limit`, without `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  isLucky(probability: number): boolean {
    return this.next() < probability;
  }

  pick<Element>(list: readonly Element[]): Element {
    return list[this.below(list.length)] as Element;
  }

  /** Some elements of a list, in their order. */
  some<Element>(list: readonly Element[], probability: number): Element[] {
    return list.filter(() => this.isLucky(probability));
  }
}
