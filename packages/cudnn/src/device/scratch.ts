import type { NativeDevice } from "../native/addon.js";
import { CudnnMemory } from "./cudnnMemory.js";

/**
 * Memory for one purpose inside a call, shared by all plans of a device: their work never overlaps on
 * its one stream. It grows to the largest request and is kept, so that a steady state takes none.
 */
export class Scratch {
  readonly #device: NativeDevice;
  #memory: CudnnMemory | null = null;

  constructor(device: NativeDevice) {
    this.#device = device;
  }

  /** At least so many bytes, valid until the next request. @throws NativeError */
  memory(byteLength: number): CudnnMemory {
    if (this.#memory === null || this.#memory.byteLength < byteLength) {
      // The old goes first, so that both need not fit; work enqueued on it still completes.
      this.#memory?.dispose();
      this.#memory = null;
      this.#memory = new CudnnMemory(this.#device.allocate(byteLength));
    }
    return this.#memory;
  }
}
