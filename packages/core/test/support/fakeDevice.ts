import type { Backend } from "../../src/contract/backend.ts";
import type { Capabilities } from "../../src/contract/capabilities.ts";
import type { Device, DeviceMemory } from "../../src/contract/device.ts";
import type { DeviceTiming } from "../../src/contract/deviceTiming.ts";
import type { Plan, PlanSpec } from "../../src/contract/plan.ts";
import type { RuntimeError } from "../../src/contract/runtimeError.ts";
import { BatchNormError } from "../../src/errors/batchNormError.ts";
import { type Handler, openHandler } from "../../src/handler/handler.ts";
import type { HandlerTiming } from "../../src/handler/handlerTiming.ts";
import { DATA_TYPES } from "../../src/vocabulary/dataType.ts";

export class FakeMemory implements DeviceMemory {
  readonly bytes: Uint8Array;
  disposals = 0;

  constructor(readonly byteLength: number) {
    this.bytes = new Uint8Array(byteLength);
  }

  dispose(): void {
    this.disposals++;
  }
}

/** Says which calls reached it, and with which record; computes nothing. */
export class FakePlan implements Plan {
  readonly description: string;
  readonly records: object[] = [];
  calls = 0;
  disposals = 0;

  constructor(
    readonly spec: PlanSpec,
    readonly device: FakeDevice,
  ) {
    this.description = `fake plan ${device.plans.length}`;
  }

  forwardTraining(call: object): void {
    this.#note(call);
  }

  forwardInference(call: object): void {
    this.#note(call);
  }

  backward(call: object): void {
    this.#note(call);
  }

  backwardInference(call: object): void {
    this.#note(call);
  }

  dispose(): void {
    this.disposals++;
    this.device.log.push("plan.dispose");
  }

  #note(call: object): void {
    this.calls++;
    if (this.device.keepRecords) this.records.push(call);
  }
}

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

/** A device that counts what core does to it, and fails when told to. */
export class FakeDevice implements Device<FakeMemory> {
  readonly description = { kind: "cpu", name: "fake" } as const;
  readonly memories: FakeMemory[] = [];
  readonly plans: FakePlan[] = [];
  readonly log: string[] = [];
  failure: BatchNormError | null = null;
  runtimeError: RuntimeError | null = null;
  keepRecords = true;
  /** Counts down; the step at which it is 0 fails. Infinity: nothing fails. */
  stepsUntilFailure = Number.POSITIVE_INFINITY;
  disposals = 0;
  /** Its milliseconds are the steps in between. */
  readonly timing: DeviceTiming = {
    measure: async (work) => {
      this.#step("startTiming");
      const start = this.log.length;
      work();
      const milliseconds = this.log.length - start;
      this.#step("stopTiming");
      return milliseconds;
    },
  };

  constructor(readonly capabilities: Capabilities = CAPABILITIES) {}

  /** Memories that nobody freed. */
  get live(): FakeMemory[] {
    return this.memories.filter(({ disposals }) => disposals === 0);
  }

  allocate(byteLength: number): FakeMemory {
    this.#step("allocate");
    const memory = new FakeMemory(byteLength);
    this.memories.push(memory);
    return memory;
  }

  initialize(memory: FakeMemory, source: Uint8Array): void {
    this.#step("initialize");
    this.#checkLength(memory, source);
    memory.bytes.set(source);
  }

  async write(memory: FakeMemory, source: Uint8Array): Promise<void> {
    this.#step("write");
    this.#checkLength(memory, source);
    memory.bytes.set(source);
  }

  async read(memory: FakeMemory, target: Uint8Array): Promise<void> {
    this.#step("read");
    this.#checkLength(memory, target);
    target.set(memory.bytes);
  }

  createPlan(spec: PlanSpec): FakePlan {
    this.#step("createPlan");
    const plan = new FakePlan(spec, this);
    this.plans.push(plan);
    return plan;
  }

  async synchronize(): Promise<void> {
    this.#step("synchronize");
  }

  async queryRuntimeError(): Promise<RuntimeError | null> {
    this.#step("queryRuntimeError");
    return this.runtimeError;
  }

  dispose(): void {
    this.disposals++;
    this.log.push("device.dispose");
  }

  #step(name: string): void {
    this.log.push(name);
    if (this.stepsUntilFailure-- === 0) {
      throw new BatchNormError("OUT_OF_MEMORY", `fake: ${name} failed as told`);
    }
  }

  /** The contract promises lengths that fit. */
  #checkLength(memory: FakeMemory, bytes: Uint8Array): void {
    if (bytes.byteLength !== memory.byteLength)
      throw new Error("core gave bytes of another length");
  }
}

export function fakeBackend(device: Device): Backend {
  return {
    specificationVersion: 1,
    name: "fake",
    probe: async () => ({ available: true, found: "a fake" }),
    openDevice: async () => device,
  };
}

export async function openFake(
  capabilities: Partial<Capabilities> = {},
  maxPlans = 256,
): Promise<{ handler: Handler; device: FakeDevice }> {
  const device = new FakeDevice({ ...CAPABILITIES, ...capabilities });
  return { handler: await openHandler(fakeBackend(device), { maxPlans }), device };
}

/** The clock of a handler that has one. */
export function clockOf({ timing }: Handler): HandlerTiming {
  if (timing === null) throw new Error("this handler has no clock");
  return timing;
}
