import type { DeviceMemory } from "@batchnorm/core";

/** Memory of the device inside, so that a record of one device is never taken for the other's. */
export class QueuedMemory implements DeviceMemory {
  readonly inner: DeviceMemory;
  readonly #release: (inner: DeviceMemory) => void;

  constructor(inner: DeviceMemory, release: (inner: DeviceMemory) => void) {
    this.inner = inner;
    this.#release = release;
  }

  get byteLength(): number {
    return this.inner.byteLength;
  }

  dispose(): void {
    this.#release(this.inner);
  }
}
