import { BatchNormError } from "@batchnorm/core";
import { canBlock, hasSharedMemory, processorCount } from "../environment.js";
import { Heap } from "../memory/heap.js";
import { compileModule } from "../module.js";
import type { Executor, Kernels } from "../threads/executor.js";
import { InlineExecutor } from "../threads/inlineExecutor.js";
import { QueuedExecutor } from "../threads/queuedExecutor.js";
import { findSpawn } from "../threads/spawn.js";
import { ThreadedExecutor } from "../threads/threadedExecutor.js";
import { WasmDevice } from "./wasmDevice.js";

const INITIAL_PAGES = 16;
const MAX_PAGES = 65536;
/** Memory bandwidth is shared: more threads than this bring nothing. */
const MAX_THREADS = 8;

/** A device with its own memory; `threads` null means as many as are useful. */
export async function openDevice(asked: number | null): Promise<WasmDevice> {
  const shared = hasSharedMemory();
  const module = await compileModule(shared);
  const memory = reserveMemory(shared);
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  const kernels = exports as unknown as Kernels; // the module is ours: generated with this package
  const heap = new Heap(memory);
  return new WasmDevice(heap, await createExecutor(kernels, heap, module, asked));
}

/** The engine may have no address space left: each memory reserves all it may ever grow to. */
function reserveMemory(shared: boolean): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MAX_PAGES, shared });
  } catch (cause) {
    const message = "wasm: the engine cannot reserve a memory; dispose other handlers first";
    throw new BatchNormError("OUT_OF_MEMORY", message, { cause });
  }
}

async function createExecutor(
  kernels: Kernels,
  heap: Heap,
  module: WebAssembly.Module,
  asked: number | null,
): Promise<Executor> {
  if (!hasSharedMemory()) return new InlineExecutor(kernels, "no cross-origin isolation");
  const threads = asked ?? Math.min(await processorCount(), MAX_THREADS);
  if (threads === 1) return new InlineExecutor(kernels, asked === 1 ? "as asked" : "one processor");
  const spawn = await findSpawn();
  if (spawn === null) return new InlineExecutor(kernels, "workers are not allowed here");
  if (!canBlock()) return new QueuedExecutor(heap, module, threads, spawn);
  return new ThreadedExecutor(kernels, heap.memory, module, threads, spawn);
}
