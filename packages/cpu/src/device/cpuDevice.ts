import { type Capabilities, DATA_TYPES, type Device, type PlanSpec } from "@batchnorm/core";
import { CpuPlan } from "../plan/cpuPlan.js";
import { Workspace } from "../plan/workspace.js";
import { CpuMemory } from "./cpuMemory.js";

const CAPABILITIES: Capabilities = Object.freeze({
  dataTypes: DATA_TYPES,
  strides: "arbitrary",
  maxRank: null,
  maxStridedRank: null,
  backwardInference: true,
  blendedResidual: DATA_TYPES,
  accuracy: "extendedMean",
  deterministic: true,
});

/** Does all work at once, in the caller's thread, so that order and completion are trivial. */
export class CpuDevice implements Device<CpuMemory> {
  readonly description = Object.freeze({
    kind: "cpu",
    name: "plain TypeScript, one thread",
  } as const);
  readonly capabilities = CAPABILITIES;
  readonly failure = null;
  readonly #workspace = new Workspace();

  allocate(byteLength: number): CpuMemory {
    return new CpuMemory(byteLength);
  }

  initialize(memory: CpuMemory, source: Uint8Array): void {
    memory.bytes.set(source);
  }

  async write(memory: CpuMemory, source: Uint8Array): Promise<void> {
    memory.bytes.set(source);
  }

  async read(memory: CpuMemory, target: Uint8Array): Promise<void> {
    target.set(memory.bytes);
  }

  createPlan(spec: PlanSpec): CpuPlan {
    return new CpuPlan(spec, this.#workspace);
  }

  async synchronize(): Promise<void> {}

  dispose(): void {
    this.#workspace.clear();
  }
}
