import type { BatchNormError } from "@batchnorm/core";
import type { Step } from "../plan/steps.js";
import type { Executor, Kernels } from "./executor.js";

/** What executors share whose calls are done when they return. */
export abstract class SynchronousExecutor implements Executor {
  abstract readonly description: string;
  readonly busy = false;
  protected readonly kernels: Kernels;

  constructor(kernels: Kernels) {
    this.kernels = kernels;
  }

  abstract get failure(): BatchNormError | null;
  abstract run(dataType: number, address: number, steps: readonly Step[]): void;
  abstract dispose(): void;

  copy(to: number, from: number, byteLength: number): void {
    this.kernels.copyBytes(to, from, byteLength);
  }

  after(action: () => void): void {
    action();
  }

  async finished(): Promise<void> {}
}
