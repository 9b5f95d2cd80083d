import { BatchNormError } from "@batchnorm/core";

const PAGE = 65536;
/** What 32-bit addresses reach. */
const MAX_PAGES = 65536;
/** A cache line, so that threads never share one. */
const ALIGNMENT = 64;

interface FreeBlock {
  start: number;
  size: number;
}

/**
 * Hands out pieces of one WebAssembly memory: first fit over the free blocks in order of address,
 * neighbours merged, the memory grown where none fits.
 */
export class Heap {
  readonly memory: WebAssembly.Memory;
  readonly #free: FreeBlock[] = [];
  #end: number;
  /** Everything from here on was never handed out, so it is still zero. */
  #untouched: number;

  constructor(memory: WebAssembly.Memory) {
    this.memory = memory;
    // Address 0 stands for an absent tensor.
    this.#untouched = ALIGNMENT;
    this.#end = memory.buffer.byteLength;
    this.#free.push({ start: ALIGNMENT, size: this.#end - ALIGNMENT });
  }

  /** The address of zero-filled bytes. @throws BatchNormError `OUT_OF_MEMORY` */
  allocate(byteLength: number): number {
    const size = roundUp(Math.max(byteLength, 1), ALIGNMENT);
    const block = this.#free.find((candidate) => candidate.size >= size) ?? this.#grow(size);
    const { start } = block;
    block.start += size;
    block.size -= size;
    if (block.size === 0) this.#free.splice(this.#free.indexOf(block), 1);
    this.#clear(start, size);
    return start;
  }

  free(start: number, byteLength: number): void {
    const size = roundUp(Math.max(byteLength, 1), ALIGNMENT);
    const at = this.#free.findIndex((block) => block.start > start);
    const index = at < 0 ? this.#free.length : at;
    this.#free.splice(index, 0, { start, size });
    this.#mergeWithNext(index);
    if (index > 0) this.#mergeWithNext(index - 1);
  }

  /** Bytes handed out now. */
  get used(): number {
    return this.#end - ALIGNMENT - this.#free.reduce((sum, block) => sum + block.size, 0);
  }

  #mergeWithNext(index: number): void {
    const block = this.#free[index];
    const next = this.#free[index + 1];
    if (next === undefined || block.start + block.size !== next.start) return;
    block.size += next.size;
    this.#free.splice(index + 1, 1);
  }

  #clear(start: number, size: number): void {
    const used = Math.min(start + size, this.#untouched) - start;
    if (used > 0) new Uint8Array(this.memory.buffer, start, used).fill(0);
    this.#untouched = Math.max(this.#untouched, start + size);
  }

  /** A free block of at least `size` at the end of the memory. */
  #grow(size: number): FreeBlock {
    const last = this.#free.at(-1);
    const reaches = last !== undefined && last.start + last.size === this.#end;
    const missing = size - (reaches ? last.size : 0);
    const pages = Math.ceil(missing / PAGE);
    if (this.#end / PAGE + pages > MAX_PAGES) throw this.#outOfMemory(size);
    try {
      this.memory.grow(pages);
    } catch (cause) {
      throw this.#outOfMemory(size, cause);
    }
    this.free(this.#end, pages * PAGE);
    this.#end += pages * PAGE;
    return this.#free[this.#free.length - 1];
  }

  #outOfMemory(size: number, cause?: unknown): BatchNormError {
    const limit = MAX_PAGES * PAGE;
    const message =
      `wasm: no memory for ${size} bytes: ${this.used} are in use, and a 32-bit WebAssembly memory ` +
      `holds ${limit} at most; dispose tensors, or open another handler`;
    return new BatchNormError("OUT_OF_MEMORY", message, {
      details: { asked: size, used: this.used, limit },
      cause,
    });
  }
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
