import { type Backend, type Handler, openHandler, SPECIFICATION_VERSION } from "@batchnorm/core";
import { WasmDevice } from "../../src/device/wasmDevice.ts";
import { Heap } from "../../src/memory/heap.ts";
import { compileModule } from "../../src/module.ts";
import type { Executor, Kernels } from "../../src/threads/executor.ts";
import { InlineExecutor } from "../../src/threads/inlineExecutor.ts";
import { QueuedExecutor } from "../../src/threads/queuedExecutor.ts";
import type { Spawn } from "../../src/threads/spawn.ts";
import { ThreadedExecutor } from "../../src/threads/threadedExecutor.ts";

/** What an executor is made of. */
export interface Parts {
  readonly kernels: Kernels;
  readonly heap: Heap;
  readonly module: WebAssembly.Module;
}

/** A handler whose parts a test can see and replace. */
export interface Rig {
  readonly handler: Handler;
  readonly device: WasmDevice;
  readonly heap: Heap;
}

export const inline = ({ kernels }: Parts): Executor => new InlineExecutor(kernels, "a test");

export const threaded =
  (threads: number, spawn: Spawn) =>
  ({ kernels, heap, module }: Parts): Executor =>
    new ThreadedExecutor(kernels, heap.memory, module, threads, spawn);

export const queued =
  (threads: number, spawn: Spawn) =>
  ({ heap, module }: Parts): Executor =>
    new QueuedExecutor(heap, module, threads, spawn);

interface RigOptions {
  readonly shared?: boolean;
  /** In place of the package's own. */
  readonly module?: WebAssembly.Module;
  /** Further imports of that module. */
  readonly imports?: Record<string, (...args: number[]) => void>;
}

export async function openRig(
  createExecutor: (parts: Parts) => Executor = inline,
  { shared = true, module: given, imports = {} }: RigOptions = {},
): Promise<Rig> {
  const module = given ?? (await compileModule(shared));
  const memory = createMemory(shared);
  const { exports } = await WebAssembly.instantiate(module, { env: { memory, ...imports } });
  const kernels = exports as unknown as Kernels;
  const heap = new Heap(memory);
  const device = new WasmDevice(heap, createExecutor({ kernels, heap, module }));
  const backend: Backend = {
    specificationVersion: SPECIFICATION_VERSION,
    name: "wasm in parts",
    probe: async () => ({ available: true, found: "a test" }),
    openDevice: async () => device,
  };
  return { handler: await openHandler(backend), device, heap };
}

export function createMemory(shared: boolean, initial = 1): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial, maximum: 65536, shared });
}
