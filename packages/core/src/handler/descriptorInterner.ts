import type { TensorDescriptor } from "../tensor/tensorDescriptor.js";

const FIRST_SWEEP = 1024;

/**
 * One object for all equal descriptors, so that plans are found by identity. Holds them weakly:
 * a descriptor nobody uses costs nothing.
 */
export class DescriptorInterner {
  readonly #byKey = new Map<string, WeakRef<TensorDescriptor>>();
  #sweepAt = FIRST_SWEEP;

  intern<D extends TensorDescriptor>(descriptor: D): D {
    const known = this.#byKey.get(descriptor.key)?.deref();
    if (known !== undefined) return known as D;
    if (this.#byKey.size >= this.#sweepAt) this.#sweep();
    this.#byKey.set(descriptor.key, new WeakRef(descriptor));
    return descriptor;
  }

  #sweep(): void {
    for (const [key, reference] of this.#byKey) {
      if (reference.deref() === undefined) this.#byKey.delete(key);
    }
    this.#sweepAt = Math.max(FIRST_SWEEP, 2 * this.#byKey.size);
  }
}
