import { phaseCode } from "../plan/phases.js";
import type { Step } from "../plan/steps.js";
import type { Kernels } from "./executor.js";
import { SynchronousExecutor } from "./synchronousExecutor.js";

/** Everything in the caller's thread. */
export class InlineExecutor extends SynchronousExecutor {
  readonly description: string;

  constructor(kernels: Kernels, reason: string) {
    super(kernels);
    this.description = `SIMD, 1 thread (${reason})`;
  }

  get failure(): null {
    return null;
  }

  run(dataType: number, address: number, steps: readonly Step[]): void {
    for (const { phase, units } of steps) {
      this.kernels.run(phaseCode(phase), dataType, address, 0, units);
    }
  }

  dispose(): void {}
}
