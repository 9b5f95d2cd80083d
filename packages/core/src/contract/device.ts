import type { BatchNormError } from "../errors/batchNormError.js";
import type { Capabilities } from "./capabilities.js";
import type { DeviceTiming } from "./deviceTiming.js";
import type { Plan, PlanSpec } from "./plan.js";
import type { RuntimeError } from "./runtimeError.js";

/** Memory on a device. Backends add what they need. */
export interface DeviceMemory {
  readonly byteLength: number;
  /**
   * The bytes themselves, where the host can see them: over another buffer whenever the memory has
   * moved. Absent elsewhere.
   */
  readonly bytes?: Uint8Array;
  /** Frees the memory; work already enqueued still completes. Called at most once. */
  dispose(): void;
}

/** What a device is, for people. */
export interface DeviceDescription {
  readonly kind: "cpu" | "gpu";
  /** For people: the processor or card, and how it is used. */
  readonly name: string;
}

/**
 * What a backend implements: one device, one ordered stream of work. Users see it as a `Handler`,
 * which checks everything first.
 *
 * `initialize`, `write`, `read` and the calls of plans take effect in the order they are made.
 * A failure that shows only later rejects the next `read` or `synchronize` and stays in `failure`.
 */
export interface Device<M extends DeviceMemory = DeviceMemory> {
  readonly description: DeviceDescription;
  readonly capabilities: Capabilities;
  /** Set once when the device broke: the handler refuses all further work. */
  readonly failure: BatchNormError | null;
  /** Zero-filled memory; 0 bytes are allowed. @throws BatchNormError `OUT_OF_MEMORY` */
  allocate(byteLength: number): M;
  /** Copies `source` (as long as the memory) before returning. */
  initialize(memory: M, source: Uint8Array): void;
  /** `source` may change once the promise resolves. */
  write(memory: M, source: Uint8Array): Promise<void>;
  /** Fills `target` (as long as the memory). */
  read(memory: M, target: Uint8Array): Promise<void>;
  /** @throws BatchNormError `UNSUPPORTED`, `OUT_OF_MEMORY` */
  createPlan(spec: PlanSpec): Plan<M>;
  /** Resolves when all work enqueued before is done. */
  synchronize(): Promise<void>;
  /**
   * What went wrong numerically on the device in the work enqueued before, without breaking it; null
   * if nothing did. Absent where the device keeps no such record.
   */
  queryRuntimeError?(): Promise<RuntimeError | null>;
  /** Absent where the device has no clock of its own. */
  readonly timing?: DeviceTiming | undefined;
  /** Frees everything; pending promises settle. Called at most once. */
  dispose(): void;
}
