import type { Heap } from "../memory/heap.js";
import { WasmMemory } from "../memory/wasmMemory.js";
import type { Executor } from "../threads/executor.js";
import { CALL_BYTES, CallWriter } from "./callLayout.js";
import type { Geometry } from "./geometry.js";

const COLUMN_ARRAYS = ["mean", "low", "factor", "slope", "offset"] as const;
/** Room for the larger statistics type. */
const COLUMN_BYTES = 8;
const PARTIAL_BYTES = 16;
const ACCUMULATOR_BYTES = 12;

/**
 * What calls need besides their tensors: the call itself, partial sums, and values by column. One
 * for a device, as large as its largest plan needs, since calls follow one another.
 */
export class Workspace {
  readonly #heap: Heap;
  readonly #executor: Executor;
  readonly #call: WasmMemory;
  readonly #writer: CallWriter;
  #partials: WasmMemory;
  #accumulators: WasmMemory;
  #columns: WasmMemory;

  constructor(heap: Heap, executor: Executor) {
    this.#executor = executor;
    this.#heap = heap;
    this.#call = new WasmMemory(heap, CALL_BYTES);
    this.#writer = new CallWriter(heap.memory, this.#call.address);
    this.#accumulators = new WasmMemory(heap, 0, executor);
    this.#partials = new WasmMemory(heap, 0, executor);
    this.#columns = new WasmMemory(heap, 0, executor);
  }

  /** Makes room for the calls of a plan. @throws BatchNormError `OUT_OF_MEMORY` */
  reserve({ columns, chunks }: Geometry): void {
    const partials = columns * Math.max(chunks, 1);
    this.#partials = this.#grown(this.#partials, partials * PARTIAL_BYTES);
    this.#accumulators = this.#grown(this.#accumulators, partials * ACCUMULATOR_BYTES);
    this.#columns = this.#grown(this.#columns, COLUMN_ARRAYS.length * columns * COLUMN_BYTES);
  }

  /** A writer for the next call, with the addresses of the workspace filled in. */
  beginCall(columns: number): CallWriter {
    const writer = this.#writer;
    writer.refresh();
    writer.word("partials", this.#partials.address);
    writer.word("accumulators", this.#accumulators.address);
    let { address } = this.#columns;
    for (const name of COLUMN_ARRAYS) {
      writer.word(name, address);
      address += columns * COLUMN_BYTES;
    }
    return writer;
  }

  #grown(memory: WasmMemory, byteLength: number): WasmMemory {
    if (memory.byteLength >= byteLength) return memory;
    const larger = new WasmMemory(this.#heap, byteLength, this.#executor);
    memory.dispose();
    return larger;
  }
}
