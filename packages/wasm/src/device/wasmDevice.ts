import {
  type BatchNormError,
  type Capabilities,
  DATA_TYPES,
  type Device,
  type DeviceDescription,
  type PlanSpec,
} from "@batchnorm/core";
import type { Heap } from "../memory/heap.js";
import { WasmMemory } from "../memory/wasmMemory.js";
import { WasmPlan } from "../plan/wasmPlan.js";
import { Workspace } from "../plan/workspace.js";
import type { Executor } from "../threads/executor.js";

const CAPABILITIES: Capabilities = Object.freeze({
  dataTypes: DATA_TYPES,
  strides: "packed",
  maxRank: null,
  maxStridedRank: null,
  backwardInference: true,
  blendedResidual: DATA_TYPES,
  accuracy: "extendedMean",
  deterministic: true,
});

/** Tensors in the memory of one module. With a queueing executor, copies queue up too. */
export class WasmDevice implements Device<WasmMemory> {
  readonly description: DeviceDescription;
  readonly capabilities = CAPABILITIES;
  readonly #heap: Heap;
  readonly #executor: Executor;
  readonly #workspace: Workspace;

  constructor(heap: Heap, executor: Executor) {
    this.#heap = heap;
    this.#executor = executor;
    this.#workspace = new Workspace(heap, executor);
    this.description = Object.freeze({ kind: "cpu", name: `WebAssembly, ${executor.description}` });
  }

  get failure(): BatchNormError | null {
    return this.#executor.failure;
  }

  allocate(byteLength: number): WasmMemory {
    return new WasmMemory(this.#heap, byteLength, this.#executor);
  }

  initialize(memory: WasmMemory, source: Uint8Array): void {
    if (!this.#executor.busy) {
      memory.bytes.set(source);
      return;
    }
    const staging = this.allocate(source.byteLength);
    staging.bytes.set(source);
    this.#executor.copy(memory.address, staging.address, source.byteLength);
    staging.dispose();
  }

  async write(memory: WasmMemory, source: Uint8Array): Promise<void> {
    this.initialize(memory, source);
    await this.#executor.finished();
  }

  async read(memory: WasmMemory, target: Uint8Array): Promise<void> {
    if (!this.#executor.busy) {
      target.set(memory.bytes);
      return;
    }
    const staging = this.allocate(target.byteLength);
    this.#executor.copy(staging.address, memory.address, target.byteLength);
    try {
      await this.#executor.finished();
      target.set(staging.bytes);
    } finally {
      staging.dispose();
    }
  }

  createPlan(spec: PlanSpec): WasmPlan {
    return new WasmPlan(spec, this.#workspace, this.#executor);
  }

  synchronize(): Promise<void> {
    return this.#executor.finished();
  }

  dispose(): void {
    this.#executor.dispose();
  }
}
