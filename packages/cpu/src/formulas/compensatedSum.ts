/**
 * A sum that keeps the digits float64 addition drops (Neumaier 1974), so that the reference stays
 * exact to the last places however many values are summed.
 */
export class CompensatedSum {
  #sum = 0;
  #dropped = 0;

  clear(): void {
    this.#sum = 0;
    this.#dropped = 0;
  }

  add(value: number): void {
    const sum = this.#sum + value;
    const larger = Math.abs(this.#sum) >= Math.abs(value);
    this.#dropped += larger ? this.#sum - sum + value : value - sum + this.#sum;
    this.#sum = sum;
  }

  get value(): number {
    return this.#sum + this.#dropped;
  }
}
