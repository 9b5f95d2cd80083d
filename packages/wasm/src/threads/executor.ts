import type { BatchNormError } from "@batchnorm/core";
import type { Step } from "../plan/steps.js";

/** Runs the steps of calls, in order: at once, or queued behind the caller's thread. */
export interface Executor {
  /** For people: threads and path. */
  readonly description: string;
  /** Set once when a thread was lost: results can no longer be trusted. */
  readonly failure: BatchNormError | null;
  /** True while something enqueued is not done. */
  readonly busy: boolean;
  /** Runs the steps of the call at `address`, which may be reused on return. */
  run(dataType: number, address: number, steps: readonly Step[]): void;
  /** Copies within the memory, in order with the calls. */
  copy(to: number, from: number, byteLength: number): void;
  /** Does something once all that was enqueued before is done; at once if it is. */
  after(action: () => void): void;
  /** Resolves then; rejects with the failure if a thread is lost. */
  finished(): Promise<void>;
  dispose(): void;
}

/** What the module exports. */
export interface Kernels {
  /** Units [first, last) of a phase of the call at `call`. */
  run(phase: number, dataType: number, call: number, first: number, last: number): void;
  copyBytes(to: number, from: number, byteLength: number): void;
  sizeOfCall(): number;
}
