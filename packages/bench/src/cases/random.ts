/** Uniform numbers from −1 to 1 with 24 bits (exact in float32), the same on every machine. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A linear congruential generator (Numerical Recipes); its upper bits are good enough for data. */
  next(): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return (this.#state >>> 8) / 2 ** 23 - 1;
  }
}
