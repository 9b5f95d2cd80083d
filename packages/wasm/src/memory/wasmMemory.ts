import type { DeviceMemory } from "@batchnorm/core";
import type { Heap } from "./heap.js";

/** Work that may still use a memory when it is disposed. */
interface Pending {
  after(action: () => void): void;
}

/** A piece of the module's memory. Once disposed, it is reused when the work enqueued before is done. */
export class WasmMemory implements DeviceMemory {
  readonly address: number;
  readonly byteLength: number;
  readonly #heap: Heap;
  readonly #pending: Pending | null;
  #bytes: Uint8Array | null = null;

  constructor(heap: Heap, byteLength: number, pending: Pending | null = null) {
    this.#pending = pending;
    this.#heap = heap;
    this.byteLength = byteLength;
    this.address = heap.allocate(byteLength);
  }

  /** A view of the bytes; another one after the memory has grown. */
  get bytes(): Uint8Array {
    const { buffer } = this.#heap.memory;
    if (this.#bytes?.buffer !== buffer) {
      this.#bytes = new Uint8Array(buffer, this.address, this.byteLength);
    }
    return this.#bytes;
  }

  dispose(): void {
    const free = () => this.#heap.free(this.address, this.byteLength);
    if (this.#pending === null) free();
    else this.#pending.after(free);
  }
}
